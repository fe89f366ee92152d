/* SPDX-License-Identifier: GPL-2.0-only */
/* Routes on their way to the user, as rows of a table and as JSON. */
#ifndef ERXDP_ROUTE_PRINT_H
#define ERXDP_ROUTE_PRINT_H

struct json_object;
struct kernel_route;
struct libscols_table;
struct route_view;

struct libscols_table *route_table_new(void);
/* A row for each nexthop. 0 or a negative errno. */
int route_table_add(struct libscols_table *table, const struct route_view *view);
struct json_object *route_json(const struct route_view *view);

/* One line: "default via 192.0.2.1 dev bond0 ..." */
void route_print(const struct route_view *view);
void kernel_route_print(const struct kernel_route *route);
struct json_object *kernel_route_json(const struct kernel_route *route);

#endif
