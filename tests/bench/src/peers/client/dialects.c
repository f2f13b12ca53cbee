/* The dialects. A mask of zeros leaves what it masks as it is. */
#define _GNU_SOURCE
#include "dialects.h"

#include <stdio.h>
#include <string.h>

#define HAS(text) (memmem(data, length, text, sizeof text - 1) != NULL)
#define IS(text) (length == sizeof text - 1 && memcmp(data, text, sizeof text - 1) == 0)

static void send_text(struct session *s, const char *text) {
  char frame[1024];
  size_t length = strlen(text), start = 6;
  frame[0] = (char)0x81;
  if (length < 126) {
    frame[1] = (char)(0x80 | length);
  } else {
    frame[1] = (char)(0x80 | 126);
    frame[2] = (char)(length >> 8);
    frame[3] = (char)length;
    start = 8;
  }
  memset(frame + start - 4, 0, 4);
  memcpy(frame + start, text, length);
  session_write(s, frame, start + length);
}

#define PONG_TEXT "\x81\x84\0\0\0\0PONG"
#define PONG_JSON "\x81\x8f\0\0\0\0{\"type\":\"pong\"}"
#define SIZE(text) (sizeof text - 1)

/* Bare `ws`: there is nothing to say. Pings of the protocol are answered by the client itself. */
static void bare_upgraded(struct session *s) { session_ready(s); }
static void ignore_upgrade(struct session *s) { (void)s; }
static void ignore(struct session *s, const char *data, size_t length) { (void)s, (void)data, (void)length; }

/* Socket.IO 4 over Engine.IO 4. */
static void socket_io_frame(struct session *s, const char *data, size_t length) {
  if (length == 0) return;
  if (IS("2")) session_beat(s, "\x81\x81\0\0\0\0" "3", 7);
  else if (data[0] == '0') send_text(s, "40");
  else if (length >= 2 && data[0] == '4' && data[1] == '0') session_ready(s);
}

/* tRPC's own adapter: a subscription that stays open. */
static void trpc_upgraded(struct session *s) {
  send_text(s, "{\"id\":1,\"jsonrpc\":\"2.0\",\"method\":\"subscription\",\"params\":{\"path\":\"events\"}}");
}
static void trpc_frame(struct session *s, const char *data, size_t length) {
  if (IS("PING")) session_beat(s, PONG_TEXT, SIZE(PONG_TEXT));
  else if (HAS("\"started\"")) session_ready(s);
}

/* Lastbeat over tRPC, as the stock client with `connectionParams` does it. */
static void params_upgraded(struct session *s) {
  send_text(s, "{\"method\":\"connectionParams\",\"data\":{\"name\":\"bench\"}}");
  send_text(s, "{\"id\":1,\"jsonrpc\":\"2.0\",\"method\":\"subscription\",\"params\":{\"path\":\"session.events\"}}");
}
/* The same with a client that drives its beats. */
static void driven_params_upgraded(struct session *s) {
  send_text(s, "{\"method\":\"connectionParams\",\"data\":{\"name\":\"bench\",\"beats\":\"client\"}}");
  send_text(s, "{\"id\":1,\"jsonrpc\":\"2.0\",\"method\":\"subscription\",\"params\":{\"path\":\"session.events\"}}");
}
/* The same with the hello as a call. */
static void open_upgraded(struct session *s) {
  send_text(s, "{\"id\":1,\"jsonrpc\":\"2.0\",\"method\":\"mutation\",\"params\":{\"path\":\"session.open\",\"input\":{\"name\":\"bench\"}}}");
  send_text(s, "{\"id\":2,\"jsonrpc\":\"2.0\",\"method\":\"subscription\",\"params\":{\"path\":\"session.events\"}}");
}
/* Core on bare `ws` speaks alike, and says hello for its client. */
static void params_frame(struct session *s, const char *data, size_t length) {
  if (IS("PING")) session_beat(s, PONG_TEXT, SIZE(PONG_TEXT));
  else if (HAS("\"welcome\"")) session_ready(s);
}

/* Lastbeat's JSON protocol. */
static void json_upgraded(struct session *s) { send_text(s, "{\"type\":\"hello\",\"name\":\"bench\"}"); }
static void driven_json_upgraded(struct session *s) {
  send_text(s, "{\"type\":\"hello\",\"name\":\"bench\",\"beats\":\"client\"}");
}
static void json_frame(struct session *s, const char *data, size_t length) {
  if (IS("{\"type\":\"heartbeat\"}")) session_beat(s, PONG_JSON, SIZE(PONG_JSON));
  else if (HAS("\"welcome\"")) session_ready(s);
}


/* Colyseus: a seat in a room by HTTP, then the room. */
static int colyseus_field(const char *data, size_t length, const char *name, char *value, size_t size) {
  const char *at = memmem(data, length, name, strlen(name));
  if (at == NULL) return 0;
  at += strlen(name);
  const char *end = memchr(at, '"', data + length - at);
  if (end == NULL || (size_t)(end - at) >= size) return 0;
  memcpy(value, at, end - at);
  value[end - at] = 0;
  return 1;
}
static int colyseus_answered(const char *data, size_t length, char *path, size_t size) {
  char process[64], room[64], id[64];
  if (length == 0 || data[length - 1] != '}') return 0;
  if (!colyseus_field(data, length, "\"processId\":\"", process, sizeof process)) return 0;
  if (!colyseus_field(data, length, "\"roomId\":\"", room, sizeof room)) return 0;
  if (!colyseus_field(data, length, "\"sessionId\":\"", id, sizeof id)) return 0;
  snprintf(path, size, "/%s/%s?sessionId=%s", process, room, id);
  return 1;
}
static void colyseus_frame(struct session *s, const char *data, size_t length) {
  if (length == 0 || data[0] != 10 || s->phase == READY) return;
  session_write(s, "\x82\x81\0\0\0\0\x0a", 7);
  session_ready(s);
}

/* NATS: lines over TCP. */
static size_t nats_raw(struct session *s, const char *data, size_t length) {
  size_t taken = 0;
  for (;;) {
    const char *end = memmem(data + taken, length - taken, "\r\n", 2);
    if (end == NULL) return taken;
    const char *line = data + taken;
    taken = end + 2 - data;
    if (memcmp(line, "INFO", 4) == 0) {
      const char hello[] = "CONNECT {\"verbose\":false,\"pedantic\":false,\"name\":\"bench\"}\r\nPING\r\n";
      session_write(s, hello, sizeof hello - 1);
    } else if (memcmp(line, "PONG", 4) == 0) {
      session_ready(s);
    } else if (memcmp(line, "PING", 4) == 0) {
      session_beat(s, "PONG\r\n", 6);
    }
  }
}

/* Chats. Bare `ws` is spoken to as the JSON protocol is. */
static void json_join(struct session *s) {
  char frame[128];
  snprintf(frame, sizeof frame, "{\"type\":\"chat.join\",\"room\":\"r%d\",\"ref\":1}", s->room);
  send_text(s, frame);
}
static void json_say(struct session *s, const char *id, const char *text) {
  char frame[512];
  snprintf(frame, sizeof frame, "{\"type\":\"chat.send\",\"id\":\"%s\",\"text\":\"%s\"}", id, text);
  send_text(s, frame);
}
static void trpc_join(struct session *s) {
  char frame[192];
  snprintf(frame, sizeof frame,
      "{\"id\":3,\"jsonrpc\":\"2.0\",\"method\":\"mutation\",\"params\":{\"path\":\"chat.join\",\"input\":{\"room\":\"r%d\"}}}", s->room);
  send_text(s, frame);
}
static void trpc_say(struct session *s, const char *id, const char *text) {
  static int call = 3;
  char frame[512];
  snprintf(frame, sizeof frame,
      "{\"id\":%d,\"jsonrpc\":\"2.0\",\"method\":\"mutation\",\"params\":{\"path\":\"chat.send\",\"input\":{\"id\":\"%s\",\"text\":\"%s\"}}}",
      ++call, id, text);
  send_text(s, frame);
}
static void socket_io_join(struct session *s) {
  char frame[64];
  snprintf(frame, sizeof frame, "420[\"join\",\"r%d\"]", s->room);
  send_text(s, frame);
}
static void socket_io_say(struct session *s, const char *id, const char *text) {
  char frame[512];
  snprintf(frame, sizeof frame, "42[\"send\",{\"id\":\"%s\",\"text\":\"%s\"}]", id, text);
  send_text(s, frame);
}

#define JSON_CHAT .join = json_join, .say = json_say, .joined = "\"chat.joined\"", .message = "\"chat.message\""
#define TRPC_CHAT .join = trpc_join, .say = trpc_say, .joined = "\"id\":3,", .message = "\"chat.message\""
#define SOCKET_IO_CHAT .join = socket_io_join, .say = socket_io_say, .joined = "430[", .message = "42[\"message\""

static const struct dialect dialects[] = {
    {.name = "bare", .upgraded = bare_upgraded, .frame = ignore, JSON_CHAT},
    {.name = "floor", .upgraded = bare_upgraded, .frame = trpc_frame},
    {.name = "socket.io", .upgraded = ignore_upgrade, .frame = socket_io_frame, SOCKET_IO_CHAT},
    {.name = "trpc", .upgraded = trpc_upgraded, .frame = trpc_frame},
    {.name = "lastbeat-trpc", .upgraded = params_upgraded, .frame = params_frame, TRPC_CHAT},
    {.name = "lastbeat-trpc-driven", .upgraded = driven_params_upgraded, .frame = params_frame, .beat = PONG_TEXT, .beat_length = SIZE(PONG_TEXT)},
    {.name = "lastbeat-trpc-open", .upgraded = open_upgraded, .frame = trpc_frame},
    {.name = "lastbeat-json", .upgraded = json_upgraded, .frame = json_frame, JSON_CHAT},
    {.name = "lastbeat-json-driven", .upgraded = driven_json_upgraded, .frame = json_frame, .beat = PONG_JSON, .beat_length = SIZE(PONG_JSON)},
    {.name = "core", .upgraded = ignore_upgrade, .frame = params_frame},
    {.name = "colyseus",
     .request = "POST /matchmake/joinOrCreate/bench HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
     .answered = colyseus_answered, .upgraded = ignore_upgrade, .frame = colyseus_frame},
    {.name = "nats", .is_raw = 1, .raw = nats_raw},
};

const struct dialect *find_dialect(const char *name) {
  for (size_t at = 0; at < sizeof dialects / sizeof *dialects; at += 1)
    if (strcmp(dialects[at].name, name) == 0) return &dialects[at];
  return NULL;
}
