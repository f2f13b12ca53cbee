/*
 * The lean client of the peers bench: thousands of sessions from one thread, in the dialect of each server. It costs so little that the
 * server has a processor to itself. Commands come as lines on the standard input; each is answered with one line of JSON.
 *
 *   open N WINDOW   opens N more sessions, at most WINDOW at a time; answered once each is ready or has failed
 *   mute N          the N oldest sessions stop answering
 *   drive MS        from now on every session says that it is alive each MS milliseconds, unasked
 *   report          counts so far, and how long muted sessions were silent when the server gave them up
 *   vanish          closes every socket at once, as a killed process does
 *   quit
 *
 * and those of chat.c.
 *
 * usage: client PORT DIALECT PATH
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "chat.h"
#include "dialects.h"

enum { MAX_SESSIONS = 40000, SCRATCH = 1 << 20, EVENTS = 1024 };

static struct session *sessions[MAX_SESSIONS];
static int session_count = 0;
static int epoll_fd;
static int port;
static const struct dialect *dialect;
static const char *path;

/* What `open` is doing. */
static int to_start = 0, under_way = 0, window = 1, opened = 0, failed = 0;
static double open_since = 0;
static int is_opening = 0;
/* Since the start. */
static long beats = 0, frames = 0, bytes = 0, lost = 0;
/* Seconds of silence of muted sessions that the server gave up. */
static double silences[MAX_SESSIONS];
static int silence_count = 0;
static double drive_ms = 0;
static int drive_next = 0;

double now_ms(void) {
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  return at.tv_sec * 1e3 + at.tv_nsec / 1e6;
}

static void end_session(struct session *s) {
  if (s->fd < 0) return;
  close(s->fd);
  s->fd = -1;
  free(s->rest);
  s->rest = NULL;
  s->rest_length = 0;
  if (s->phase != READY) {
    under_way -= 1;
    failed += 1;
  } else if (s->is_muted) {
    silences[silence_count++] = now_ms() - s->spoke_ms;
  } else {
    lost += 1;
  }
}

/* Everything sent is far smaller than a socket's buffer; what does not fit ends the session. */
void session_write(struct session *s, const void *data, size_t length) {
  if (s->fd >= 0 && send(s->fd, data, length, MSG_NOSIGNAL) != (ssize_t)length) end_session(s);
}

void session_ready(struct session *s) {
  if (s->phase == READY) return;
  s->phase = READY;
  s->spoke_ms = now_ms();
  under_way -= 1;
  opened += 1;
}

void session_beat(struct session *s, const void *answer, size_t length) {
  if (s->is_muted) return;
  s->spoke_ms = now_ms();
  beats += 1;
  session_write(s, answer, length);
}

static void start_one(void) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (fd < 0 || session_count == MAX_SESSIONS) {
    to_start = 0;
    failed += 1;
    return;
  }
  int yes = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  /* Some addresses of the loopback network, for one has not enough ports. */
  setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof yes);
  struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000002u + session_count % 8)};
  bind(fd, (struct sockaddr *)&from, sizeof from);
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  struct session *s = calloc(1, sizeof *s);
  s->fd = fd;
  s->phase = CONNECTING;
  sessions[session_count++] = s;
  under_way += 1;
  to_start -= 1;
  if (connect(fd, (struct sockaddr *)&to, sizeof to) < 0 && errno != EINPROGRESS) return end_session(s);
  struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = s};
  epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event);
}

static void take_frame(struct session *s, int opcode, const char *data, size_t length) {
  frames += 1;
  if (opcode == 9) {
    unsigned char pong[6 + 125] = {0x8a, 0x80 | length};
    memcpy(pong + 6, data, length);
    session_beat(s, pong, 6 + length);
  } else if (opcode == 8) {
    end_session(s);
  } else if (!chat_heard(s, data, length)) {
    dialect->frame(s, data, length);
  }
}

static void upgrade(struct session *s, const char *to) {
  char request[1024];
  int length = snprintf(request, sizeof request,
      "GET %s HTTP/1.1\r\nHost: localhost:%d\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
      "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36\r\n\r\n",
      to, port);
  s->phase = UPGRADING;
  session_write(s, request, length);
}

/* @returns how many bytes were taken; the rest is not complete yet. */
static size_t take_websocket(struct session *s, const char *data, size_t length) {
  size_t taken = 0;
  if (s->phase == MATCHING) {
    char to[512];
    if (!dialect->answered(data, length, to, sizeof to)) return 0;
    upgrade(s, to);
    return length;
  }
  if (s->phase == UPGRADING) {
    const char *end = memmem(data, length, "\r\n\r\n", 4);
    if (end == NULL) return 0;
    if (memcmp(data, "HTTP/1.1 101", 12) != 0) {
      fprintf(stderr, "refused: %.*s\n", (int)(length < 300 ? length : 300), data);
      end_session(s);
      return length;
    }
    taken = end + 4 - data;
    s->phase = GREETING;
    dialect->upgraded(s);
  }
  while (s->fd >= 0 && length - taken >= 2) {
    const unsigned char *head = (const unsigned char *)data + taken;
    size_t size = head[1] & 127, start = 2;
    if (size == 126) {
      if (length - taken < 4) break;
      size = head[2] << 8 | head[3];
      start = 4;
    } else if (size == 127) {
      if (length - taken < 10) break;
      size = (size_t)head[6] << 24 | head[7] << 16 | head[8] << 8 | head[9];
      start = 10;
    }
    if (length - taken < start + size) break;
    taken += start + size;
    take_frame(s, head[0] & 15, (const char *)head + start, size);
  }
  return taken;
}

static void take(struct session *s, const char *data, size_t length) {
  size_t taken = dialect->is_raw ? dialect->raw(s, data, length) : take_websocket(s, data, length);
  if (s->fd < 0) return;
  size_t left = length - taken;
  char *rest = left == 0 ? NULL : memcpy(malloc(left), data + taken, left);
  free(s->rest);
  s->rest = rest;
  s->rest_length = left;
}

static void read_session(struct session *s) {
  static char scratch[SCRATCH];
  while (s->fd >= 0) {
    size_t before = s->rest_length;
    if (before > 0) memcpy(scratch, s->rest, before);
    ssize_t got = recv(s->fd, scratch + before, SCRATCH - before, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) return end_session(s);
    bytes += got;
    take(s, scratch, before + got);
    if (got < (ssize_t)(SCRATCH - before)) return;
  }
}

static void connected(struct session *s) {
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return end_session(s);
  struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP, .data.ptr = s};
  epoll_ctl(epoll_fd, EPOLL_CTL_MOD, s->fd, &event);
  if (dialect->is_raw) {
    s->phase = GREETING;
    return;
  }
  if (dialect->request != NULL) {
    s->phase = MATCHING;
    session_write(s, dialect->request, strlen(dialect->request));
  } else {
    upgrade(s, path);
  }
}
static int compare(const void *a, const void *b) {
  double difference = *(const double *)a - *(const double *)b;
  return difference < 0 ? -1 : difference > 0;
}

static void report(void) {
  qsort(silences, silence_count, sizeof *silences, compare);
  int live = 0;
  for (int at = 0; at < session_count; at += 1) live += sessions[at]->fd >= 0 && sessions[at]->phase == READY;
  printf("{\"live\":%d,\"lost\":%ld,\"beats\":%ld,\"frames\":%ld,\"bytes\":%ld,\"found\":%d", live, lost, beats, frames, bytes,
      silence_count);
  if (silence_count > 0)
    printf(",\"silenceMs\":[%.0f,%.0f,%.0f]", silences[0], silences[silence_count / 2], silences[silence_count - 1]);
  printf("}\n");
}

static void vanish(void) {
  int count = 0;
  for (int at = 0; at < session_count; at += 1) {
    struct session *s = sessions[at];
    if (s->fd >= 0) {
      close(s->fd);
      count += 1;
    }
    free(s->rest);
    free(s);
  }
  session_count = 0;
  silence_count = 0;
  lost = 0;
  drive_ms = 0;
  printf("{\"vanished\":%d}\n", count);
}

static void command(const char *line) {
  int count = 0;
  if (chat_command(line, sessions, session_count, dialect)) return;
  if (sscanf(line, "open %d %d", &count, &window) == 2) {
    to_start = count;
    opened = failed = 0;
    open_since = now_ms();
    is_opening = 1;
  } else if (sscanf(line, "mute %d", &count) == 1) {
    for (int at = 0; at < count && at < session_count; at += 1) sessions[at]->is_muted = 1;
    printf("{\"muted\":%d}\n", count);
  } else if (sscanf(line, "drive %lf", &drive_ms) == 1) {
    drive_next = 0;
    printf("{\"driving\":%d}\n", session_count);
  } else if (strncmp(line, "report", 6) == 0) {
    report();
  } else if (strncmp(line, "vanish", 6) == 0) {
    vanish();
  } else {
    exit(0);
  }
}

static void read_commands(void) {
  static char line[256];
  static size_t length = 0;
  char byte;
  ssize_t got;
  while ((got = read(0, &byte, 1)) == 1) {
    if (byte != '\n') {
      if (length < sizeof line - 1) line[length++] = byte;
      continue;
    }
    line[length] = 0;
    length = 0;
    command(line);
  }
  if (got == 0) exit(0);
}

/* All have the same interval, so those that were opened first are due first. */
static void drive(void) {
  double now = now_ms();
  for (int seen = 0; seen < session_count; seen += 1) {
    if (drive_next >= session_count) drive_next = 0;
    struct session *s = sessions[drive_next];
    if (s->fd >= 0 && s->phase == READY && now - s->spoke_ms < drive_ms) return;
    drive_next += 1;
    if (s->fd >= 0 && s->phase == READY) session_beat(s, dialect->beat, dialect->beat_length);
  }
}

int main(int count, char **values) {
  if (count != 4) return 2;
  port = atoi(values[1]);
  dialect = find_dialect(values[2]);
  path = values[3];
  if (dialect == NULL) return 2;
  setvbuf(stdout, NULL, _IOLBF, 0);
  fcntl(0, F_SETFL, O_NONBLOCK);
  epoll_fd = epoll_create1(0);
  struct epoll_event input = {.events = EPOLLIN, .data.ptr = NULL};
  epoll_ctl(epoll_fd, EPOLL_CTL_ADD, 0, &input);
  for (;;) {
    static struct epoll_event events[EVENTS];
    while (to_start > 0 && under_way < window) start_one();
    if (is_opening && to_start == 0 && under_way == 0) {
      is_opening = 0;
      printf("{\"opened\":%d,\"failed\":%d,\"ms\":%.1f}\n", opened, failed, now_ms() - open_since);
    }
    if (drive_ms > 0) drive();
    int is_chatting = chat_step();
    int ready = epoll_wait(epoll_fd, events, EVENTS, is_chatting ? 1 : drive_ms > 0 ? 5 : 1000);
    for (int at = 0; at < ready; at += 1) {
      struct session *s = events[at].data.ptr;
      if (s == NULL) continue;
      if (s->fd < 0) continue;
      if (s->phase == CONNECTING) connected(s);
      else read_session(s);
    }
    /* Last, for a command may free the sessions that these events are of. */
    for (int at = 0; at < ready; at += 1)
      if (events[at].data.ptr == NULL) read_commands();
  }
}
