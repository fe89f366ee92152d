/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The session table (erxdp/session_table.h): finding a record, giving one out, entering it into the
 * indexes, ending it. Nothing waits for another CPU, and two can never hold the same flow:
 *
 *   - A slot is taken tentatively. Then whoever took it looks for the same flow in all of that
 *     flow's buckets. What is there for good has won. Of two tentative ones the lower number wins:
 *     it empties the other's slot, whose owner finds out when it wants to make it good.
 *   - A record that is ended is ended by the one who moves its life to LIFE_ENDING. It is taken out
 *     of both indexes, and rests in a ring before its number is given out again.
 *
 * Native tests include this file too, with their own session_map.h.
 */
#ifndef BPF_SESSION_TABLE_H
#define BPF_SESSION_TABLE_H

#include "session_enter.h"
#include "session_find.h"
#include "session_number.h"

#endif
