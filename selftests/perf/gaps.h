/* SPDX-License-Identifier: GPL-2.0 */
/* How long a guest is held up by what an administrator does. */
#ifndef GAPS_H
#define GAPS_H

int measure_gaps(char **args);
int run_guest(char **args);

#endif /* GAPS_H */
