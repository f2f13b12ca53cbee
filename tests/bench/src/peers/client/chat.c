/*
 * Rooms and messages, for the chat bench. Commands, each answered with one line of JSON once it is complete:
 *
 *   join SIZE       the sessions join rooms of this size, all at once
 *   fast WINDOW MS  the first session sends as fast as it goes, with at most WINDOW messages that it has not heard itself
 *   rate PER_S MS   the first session of each room sends this many messages per second
 */
#define _GNU_SOURCE
#include "chat.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SAMPLES = 4000000, TEXT = 256, PATIENCE_MS = 3000, MAX_ROOMS = 4096 };

static enum { IDLE, JOINING, FAST, RATE } doing = IDLE;
static struct session **sessions;
static int count, room_size = 1;
static const struct dialect *dialect;
static double since, until, step_ms;
static int window;
static long sent, heard, wanted, number;
static double next_ms[MAX_ROOMS];
static double *samples;
static long sample_count;

static int rooms(void) { return (count + room_size - 1) / room_size; }

static int members(int room) { return room < count / room_size ? room_size : count % room_size; }

int chat_command(const char *line, struct session **all, int session_count, const struct dialect *used) {
  double per_second, ms;
  int size;
  sessions = all;
  count = session_count;
  dialect = used;
  if (sscanf(line, "join %d", &size) == 1) {
    room_size = size;
    doing = JOINING;
    for (int at = 0; at < count; at += 1) {
      sessions[at]->room = at / room_size;
      sessions[at]->has_joined = 0;
    }
    since = now_ms();
    for (int at = 0; at < count; at += 1) dialect->join(sessions[at]);
    return 1;
  }
  if (sscanf(line, "fast %d %lf", &window, &ms) == 2) doing = FAST;
  else if (sscanf(line, "rate %lf %lf", &per_second, &ms) == 2) doing = RATE;
  else return 0;
  if (samples == NULL) samples = malloc(SAMPLES * sizeof *samples);
  sent = heard = wanted = sample_count = 0;
  for (int at = 0; at < count; at += 1) sessions[at]->heard = 0;
  since = now_ms();
  until = since + ms;
  step_ms = doing == RATE ? 1000 / per_second : 0;
  for (int room = 0; room < rooms() && room < MAX_ROOMS; room += 1) next_ms[room] = since + step_ms * room / rooms();
  return 1;
}

int chat_heard(struct session *s, const char *data, size_t length) {
  if (dialect == NULL || dialect->join == NULL) return 0;
  size_t head = length < 160 ? length : 160;
  if (memmem(data, head, dialect->message, strlen(dialect->message)) != NULL) {
    s->heard += 1;
    heard += 1;
    const char *at = memmem(data, length, "t=", 2);
    if (at != NULL && sample_count < SAMPLES) samples[sample_count++] = now_ms() - atof(at + 2);
    return 1;
  }
  if (memmem(data, head, dialect->joined, strlen(dialect->joined)) == NULL) return 0;
  s->has_joined = 1;
  return 1;
}

static void say(struct session *s) {
  char text[TEXT], id[40];
  number += 1;
  snprintf(id, sizeof id, "%08x-0000-4000-8000-%012lx", (unsigned)getpid(), number);
  snprintf(text, sizeof text, "t=%.3f; the quick brown fox jumps over the lazy dog and runs on, message %ld", now_ms(), number);
  sent += 1;
  wanted += members(s->room);
  dialect->say(s, id, text);
}

static int compare(const void *a, const void *b) {
  double difference = *(const double *)a - *(const double *)b;
  return difference < 0 ? -1 : difference > 0;
}

static void finish(void) {
  doing = IDLE;
  qsort(samples, sample_count, sizeof *samples, compare);
  double half = sample_count == 0 ? 0 : samples[sample_count / 2], most = sample_count == 0 ? 0 : samples[sample_count * 99 / 100];
  printf("{\"messages\":%ld,\"deliveries\":%ld,\"missed\":%ld,\"ms\":%.1f,\"medianMs\":%.2f,\"p99Ms\":%.2f}\n", sent, heard,
      wanted - heard, now_ms() - since, half, most);
}

static void step_join(void) {
  for (int at = 0; at < count; at += 1)
    if (sessions[at]->fd >= 0 && !sessions[at]->has_joined) return;
  doing = IDLE;
  printf("{\"joined\":%d,\"ms\":%.1f}\n", count, now_ms() - since);
}

int chat_step(void) {
  if (doing == IDLE) return 0;
  if (doing == JOINING) {
    step_join();
    return doing != IDLE;
  }
  double now = now_ms();
  if (now >= until) {
    if (heard >= wanted || now >= until + PATIENCE_MS) finish();
    return doing != IDLE;
  }
  if (doing == FAST)
    while (sent - sessions[0]->heard < window) say(sessions[0]);
  else
    for (int room = 0; room < rooms() && room < MAX_ROOMS; room += 1)
      if (now >= next_ms[room]) {
        next_ms[room] += step_ms;
        say(sessions[room * room_size]);
      }
  return 1;
}
