/* Rooms and messages, for the chat bench. */
#ifndef CHAT_H
#define CHAT_H
#include "dialects.h"

/* @returns whether the line was a command of this file. */
int chat_command(const char *line, struct session **sessions, int count, const struct dialect *dialect);
/* @returns whether the frame was a message or the answer to a join. */
int chat_heard(struct session *s, const char *data, size_t length);
/* Sends what is due, and reports what is complete. @returns whether something is under way. */
int chat_step(void);
double now_ms(void);
#endif
