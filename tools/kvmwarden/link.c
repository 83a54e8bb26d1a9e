// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading /sys/class/net.
 */
#include <stdlib.h>
#include <string.h>

#include "link.h"
#include "repair.h"
#include "tool.h"

#define NET		"/sys/class/net"
#define TUN_FLAG_TAP	0x0002		/* IFF_TAP */
#define SCOPE_LINK	0x20

static char *link_path(const struct link *link, const char *file)
{
	return text_of(NET "/%s/%s", link->name, file);
}

bool link_number(const struct link *link, const struct host *host,
		 const char *file, long long *number)
{
	char *path = link_path(link, file);
	bool found = host_number(host, path, number);

	free(path);
	return found;
}

int link_write(const struct link *link, const struct host *host,
	       const char *file, const char *value)
{
	char *path = link_path(link, file);
	int ret = repair_write(host, path, value);

	free(path);
	return ret;
}

static bool link_has(const struct link *link, const struct host *host,
		     const char *file)
{
	char *path = link_path(link, file);
	bool found = host_has(host, path);

	free(path);
	return found;
}

bool link_sysctl(const char *link, const struct host *host,
		 const char *family, const char *name)
{
	char *path = text_of("/proc/sys/net/%s/conf/%s/%s", family, link, name);
	long long number;
	bool on = host_number(host, path, &number) && number;

	free(path);
	return on;
}

/* --- addresses ------------------------------------------------------------- */

typedef bool (*line_test)(const char *line, const char *name);

static bool any_line(const struct host *host, const char *path,
		     line_test test, const char *name)
{
	FILE *file = host_file(host, path);
	bool found = false;
	char *line;

	if (!file)
		return false;
	while (!found && next_line(file, &line)) {
		found = test(line, name);
		free(line);
	}
	fclose(file);
	return found;
}

/* "br0 007AA8C0 00000000 0001 ...": a network that is there, no router */
static bool is_network(const char *line, const char *name)
{
	unsigned int gateway, flags;
	char link[32];

	return sscanf(line, "%31s %*s %x %x", link, &gateway, &flags) == 3 &&
	       !strcmp(link, name) && !gateway && flags & 1;
}

/* "fd000000000000000000000000000001 05 40 00 80 br0" */
static bool is_address(const char *line, const char *name)
{
	unsigned int scope;
	char link[32];

	return sscanf(line, "%*s %*s %*s %x %*s %31s", &scope, link) == 2 &&
	       !strcmp(link, name) && scope != SCOPE_LINK;
}

bool link_has_address(const struct link *link, const struct host *host)
{
	return any_line(host, "/proc/1/net/route", is_network, link->name) ||
	       any_line(host, "/proc/1/net/if_inet6", is_address, link->name);
}

/* --- links ----------------------------------------------------------------- */

/* "lower_eth0"; to be freed */
static char *lower_of(const struct link *link, const struct host *host)
{
	char *dir = text_of(NET "/%s", link->name), *lower = NULL;
	struct host_names names;
	size_t i;

	host_list(host, dir, &names);
	for (i = 0; i < names.count && !lower; i++) {
		if (!strncmp(names.list[i], "lower_", 6))
			lower = copy_of(names.list[i] + 6);
	}
	host_names_free(&names);
	free(dir);
	return lower;
}

static void add_link(struct links *links, const struct host *host,
		     const char *name)
{
	struct link link = { .name = copy_of(name) };
	long long flags;

	link.tap = link_number(&link, host, "tun_flags", &flags) &&
		   flags & TUN_FLAG_TAP;
	link.macvtap = link_has(&link, host, "macvtap");
	link.bridge = link_has(&link, host, "bridge");
	link.port = link_has(&link, host, "master") ||
		    link_has(&link, host, "brport");
	if (link.macvtap)
		link.lower = lower_of(&link, host);
	links->list = grow(links->list, links->count, sizeof(link));
	links->list[links->count++] = link;
}

void links_read(struct links *links, const struct host *host)
{
	struct host_names names;
	size_t i;

	*links = (struct links) { .count = 0 };
	host_list(host, NET, &names);
	for (i = 0; i < names.count; i++)
		add_link(links, host, names.list[i]);
	host_names_free(&names);
}

void links_free(struct links *links)
{
	size_t i;

	for (i = 0; i < links->count; i++) {
		free(links->list[i].name);
		free(links->list[i].lower);
	}
	free(links->list);
}

/* --- bridges --------------------------------------------------------------- */

static const struct link *find_link(const struct links *links,
				    const char *name)
{
	size_t i;

	for (i = 0; i < links->count; i++) {
		if (!strcmp(links->list[i].name, name))
			return &links->list[i];
	}
	return NULL;
}

void bridge_read(struct bridge *bridge, const struct host *host,
		 const struct links *links, const struct link *link)
{
	char *path = link_path(link, "brif");
	struct host_names ports;
	long long on;
	size_t i;

	*bridge = (struct bridge) { .link = link };
	bridge->vlans = link_number(link, host, "bridge/vlan_filtering", &on) &&
			on;
	host_list(host, path, &ports);
	for (i = 0; i < ports.count; i++) {
		const struct link *port = find_link(links, ports.list[i]);

		if (!port || !port->tap)
			continue;
		bridge->taps++;
		bridge->isolated += link_number(port, host, "brport/isolated",
						&on) && on;
	}
	host_names_free(&ports);
	free(path);
}
