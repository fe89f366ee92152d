/* SPDX-License-Identifier: GPL-2.0-only */
/* The verbs, a file each. argv[0] is the verb; the exit code: 0 done, 1 failed, 2 wrong usage. */
#ifndef ERXDP_CMD_H
#define ERXDP_CMD_H

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

int cmd_check(int argc, char **argv);
int cmd_attach(int argc, char **argv);
int cmd_run(int argc, char **argv);
int cmd_detach(int argc, char **argv);
int cmd_confirm(int argc, char **argv);
int cmd_reload(int argc, char **argv);
int cmd_status(int argc, char **argv);
int cmd_stats(int argc, char **argv);
int cmd_route(int argc, char **argv);
int cmd_nat(int argc, char **argv);
int cmd_exporter(int argc, char **argv);
int cmd_import(int argc, char **argv);

#endif
