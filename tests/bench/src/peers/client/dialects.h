/* What a client of each server says, and what it answers. */
#ifndef DIALECTS_H
#define DIALECTS_H
#include <stddef.h>

enum phase { CONNECTING, MATCHING, UPGRADING, GREETING, READY };

struct session {
  int fd;
  enum phase phase;
  int is_muted;
  /* When it last said that it is alive, milliseconds. */
  double spoke_ms;
  /* What is still incomplete of the bytes received. */
  char *rest;
  size_t rest_length;
  /* Its chat room, whether it has been told that it is there, and the messages that it has heard. */
  int room;
  int has_joined;
  long heard;
};

struct dialect {
  const char *name;
  /* A request before the upgrade, on the same connection, and the path that its answer leads to; NULL for none. */
  const char *request;
  /* @returns whether the answer is complete. */
  int (*answered)(const char *data, size_t length, char *path, size_t size);
  /* Right after the upgrade. */
  void (*upgraded)(struct session *s);
  void (*frame)(struct session *s, const char *data, size_t length);
  /* Without WebSockets: takes bytes, and returns how many. */
  int is_raw;
  size_t (*raw)(struct session *s, const char *data, size_t length);
  /* What says unasked that it is alive. */
  const char *beat;
  size_t beat_length;
  /* A chat: what joins a room and sends a message, and what the answer to a join and each message contain. */
  void (*join)(struct session *s);
  void (*say)(struct session *s, const char *id, const char *text);
  const char *joined;
  const char *message;
};

const struct dialect *find_dialect(const char *name);

/* The session as dialects use it. */
void session_write(struct session *s, const void *data, size_t length);
void session_ready(struct session *s);
/* Answers a heartbeat, unless the session is muted. */
void session_beat(struct session *s, const void *answer, size_t length);
#endif
