// SPDX-License-Identifier: GPL-2.0-only
/*
 * doctor: do guests reach each other, or the host, below IP?
 */
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "doctor.h"
#include "link.h"
#include "repair.h"

/* Says so, too */
static bool no_links(const struct links *links, struct finding *f)
{
	if (links->count)
		return false;
	finding_set(f, LEVEL_NOTE, "not known: there is no /sys/class/net");
	return true;
}

/* --- bridges --------------------------------------------------------------- */

/* What is found of bridges that guests are on, each named for one thing */
struct bridges {
	size_t seen;
	struct several bad;
	struct several unknown;
};

typedef void (*bridge_test)(struct bridges *bridges, const struct host *host,
			    const struct bridge *bridge);

static void look_at_bridges(struct bridges *bridges, const struct host *host,
			    const struct links *links, bridge_test test)
{
	struct bridge bridge;
	size_t i;

	*bridges = (struct bridges) { .seen = 0 };
	for (i = 0; i < links->count; i++) {
		if (!links->list[i].bridge)
			continue;
		bridge_read(&bridge, host, links, &links->list[i]);
		bridges->seen += !!bridge.taps;
		if (bridge.taps)
			test(bridges, host, &bridge);
	}
}

static void free_bridges(struct bridges *bridges)
{
	several_free(&bridges->bad);
	several_free(&bridges->unknown);
}

/* A port that is isolated still reaches those that are not */
static void test_isolation(struct bridges *bridges, const struct host *host,
			   const struct bridge *bridge)
{
	(void)host;
	if (bridge->taps < 2 || bridge->isolated == bridge->taps)
		return;
	several_add(bridge->vlans ? &bridges->unknown : &bridges->bad,
		    "%s (%zu taps)", brief(bridge->link->name), bridge->taps);
}

static void check_isolation(const struct subject *s, struct finding *f)
{
	struct bridges bridges;
	struct links links;

	links_read(&links, &s->host);
	look_at_bridges(&bridges, &s->host, &links, test_isolation);
	if (no_links(&links, f)) {
		;
	} else if (bridges.bad.count) {
		finding_set(f, LEVEL_WARNING, "guests reach each other on %s",
			    bridges.bad.text);
		finding_help(f, "Where they should not, isolate each guest's port; that of the router stays as it is:");
		finding_help(f, "    bridge link set dev TAP isolated on");
		finding_help(f, "libvirt: <port isolated='yes'/> in the VM's interface. Rules of nftables or of a VMM's network filter are not looked at.");
	} else if (bridges.unknown.count) {
		finding_set(f, LEVEL_NOTE,
			    "not known: guests reach each other on %s, if in one VLAN",
			    bridges.unknown.text);
		finding_help(f, "    bridge vlan show");
	} else {
		finding_set(f, LEVEL_OK, "no two guests do by a bridge");
	}
	free_bridges(&bridges);
	links_free(&links);
}

static void test_flooding(struct bridges *bridges, const struct host *host,
			  const struct bridge *bridge)
{
	long long ageing;

	if (bridge->taps > 1 &&
	    link_number(bridge->link, host, "bridge/ageing_time", &ageing) &&
	    !ageing)
		several_add(&bridges->bad, "%s", brief(bridge->link->name));
}

static void check_flooding(const struct subject *s, struct finding *f)
{
	struct bridges bridges;
	struct links links;

	links_read(&links, &s->host);
	look_at_bridges(&bridges, &s->host, &links, test_flooding);
	if (no_links(&links, f)) {
		;
	} else if (bridges.bad.count) {
		finding_set(f, LEVEL_WARNING, "each guest sees all there is on %s",
			    bridges.bad.text);
		finding_help(f, "Have it remember who is where, for five minutes:");
		finding_help(f, "    ip link set BRIDGE type bridge ageing_time 30000");
	} else {
		finding_set(f, LEVEL_OK, "none that guests are on forgets at once");
	}
	free_bridges(&bridges);
	links_free(&links);
}

static int fix_flooding(const struct subject *s)
{
	struct bridges bridges;
	struct bridge bridge;
	struct links links;
	int ret = EXIT_DONE;
	size_t i;

	links_read(&links, &s->host);
	for (i = 0; i < links.count && !ret; i++) {
		bridges = (struct bridges) { .seen = 0 };
		bridge_read(&bridge, &s->host, &links, &links.list[i]);
		test_flooding(&bridges, &s->host, &bridge);
		if (bridges.bad.count)
			ret = link_write(&links.list[i], &s->host,
					 "bridge/ageing_time", "30000");
		free_bridges(&bridges);
	}
	links_free(&links);
	return ret;
}

/* --- the host as a router -------------------------------------------------- */

/* Rules that can be seen: iptables', or those that nftables may have */
enum filter {
	FILTER_NONE,
	FILTER_UNKNOWN,
};

static enum filter filter_of(const struct host *host)
{
	char *table = host_line(host, "/proc/1/net/ip_tables_names");
	bool any = table || host_has(host, "/sys/module/nf_tables");

	free(table);
	return any ? FILTER_UNKNOWN : FILTER_NONE;
}

static void test_routing(struct bridges *bridges, const struct host *host,
			 const struct bridge *bridge)
{
	const struct link *link = bridge->link;
	bool forwards = link_sysctl(link->name, host, "ipv4", "forwarding") ||
			link_sysctl(link->name, host, "ipv6", "forwarding");

	if (forwards && link_has_address(link, host))
		several_add(&bridges->bad, "%s", brief(link->name));
}

static void routing_open(const struct host *host,
			 const struct bridges *bridges, struct finding *f)
{
	if (filter_of(host) == FILTER_NONE)
		finding_set(f, LEVEL_WARNING,
			    "no rule limits whom guests reach from %s",
			    bridges->bad.text);
	else
		finding_set(f, LEVEL_NOTE,
			    "not known: which rules limit whom guests reach from %s",
			    bridges->bad.text);
	finding_help(f, "The host has an address there and forwards. See the rules, of which no file tells, and let guests to what they need and no further:");
	finding_help(f, "    nft list ruleset");
	finding_help(f, "If it need not forward:");
	finding_help(f, "    sysctl net.ipv4.ip_forward=0");
}

static void check_routing(const struct subject *s, struct finding *f)
{
	struct bridges bridges;
	struct links links;

	links_read(&links, &s->host);
	look_at_bridges(&bridges, &s->host, &links, test_routing);
	if (no_links(&links, f))
		;
	else if (bridges.bad.count)
		routing_open(&s->host, &bridges, f);
	else
		finding_set(f, LEVEL_OK, "the host forwards for none of %zu bridges with guests",
			    bridges.seen);
	free_bridges(&bridges);
	links_free(&links);
}

static void test_localnet(struct bridges *bridges, const struct host *host,
			  const struct bridge *bridge)
{
	if (link_sysctl("all", host, "ipv4", "route_localnet") ||
	    link_sysctl(bridge->link->name, host, "ipv4", "route_localnet"))
		several_add(&bridges->bad, "%s", brief(bridge->link->name));
}

static void check_localnet(const struct subject *s, struct finding *f)
{
	struct bridges bridges;
	struct links links;

	links_read(&links, &s->host);
	look_at_bridges(&bridges, &s->host, &links, test_localnet);
	if (no_links(&links, f)) {
		;
	} else if (bridges.bad.count) {
		finding_set(f, LEVEL_WARNING, "guests reach it from %s",
			    bridges.bad.text);
		finding_help(f, "Unless something that forwards ports needs it:");
		finding_help(f, "    sysctl net.ipv4.conf.BRIDGE.route_localnet=0");
		finding_help(f, "    sysctl net.ipv4.conf.all.route_localnet=0");
	} else {
		finding_set(f, LEVEL_OK, "guests do not reach it by a bridge");
	}
	free_bridges(&bridges);
	links_free(&links);
}

/* --- links of guests ------------------------------------------------------- */

/*
 * A bridge has all its ports so, for itself, and no file tells whether one was
 * also told to be.
 */
static void check_promiscuous(const struct subject *s, struct finding *f)
{
	struct several found = { 0 };
	struct links links;
	long long flags;
	size_t i;

	links_read(&links, &s->host);
	for (i = 0; i < links.count; i++) {
		const struct link *link = &links.list[i];

		if (!link->tap && !link->macvtap && !link->bridge)
			continue;
		if (!link->port && link_number(link, &s->host, "flags", &flags) &&
		    flags & IFF_PROMISC)
			several_add(&found, "%s", brief(link->name));
	}
	if (no_links(&links, f)) {
		;
	} else if (found.count) {
		finding_set(f, LEVEL_WARNING, "they do: %s", found.text);
		finding_help(f, "Unless somebody is looking for a fault there (tcpdump):");
		finding_help(f, "    ip link set dev DEVICE promisc off");
		finding_help(f, "libvirt: trustGuestRxFilters='no' in the VM's interface.");
	} else {
		finding_set(f, LEVEL_OK, "none does, ports of bridges not counted");
	}
	several_free(&found);
	links_free(&links);
}

/* How many macvtaps lie on that link */
static size_t macvtaps_on(const struct links *links, const struct link *lower)
{
	size_t i, count = 0;

	for (i = 0; i < links->count; i++)
		count += links->list[i].lower &&
			 !strcmp(links->list[i].lower, lower->name);
	return count;
}

static void check_macvtap(const struct subject *s, struct finding *f)
{
	struct several found = { 0 };
	struct links links;
	size_t i, count;

	links_read(&links, &s->host);
	for (i = 0; i < links.count; i++) {
		count = macvtaps_on(&links, &links.list[i]);
		if (count > 1)
			several_add(&found, "%s (%zu guests)",
				    brief(links.list[i].name), count);
	}
	if (no_links(&links, f)) {
		;
	} else if (found.count) {
		finding_set(f, LEVEL_NOTE,
			    "by macvtap they share %s; whether they reach each other, no file tells",
			    found.text);
		finding_help(f, "In mode bridge they do, past all filters of the host; in mode private they do not. See which, and change it:");
		finding_help(f, "    ip -d link show type macvtap");
		finding_help(f, "    ip link set dev MACVTAP type macvtap mode private");
	} else {
		finding_set(f, LEVEL_OK, "no two guests share a link by macvtap");
	}
	several_free(&found);
	links_free(&links);
}

/* --- vhost ----------------------------------------------------------------- */

static const struct node vhost_net = { "/dev/vhost-net", "/etc/udev/rules.d" };
static const struct node vhost_vsock = {
	"/dev/vhost-vsock", "/etc/udev/rules.d"
};

static const struct setting zero_copy = {
	.path = "/sys/module/vhost_net/parameters/experimental_zcopytx",
	.from = 1, .to = INT_MAX,
	.found = "guests' packets are sent from their memory as it is",
};

/* --- the table ------------------------------------------------------------- */

static const struct check checks[] = {
	{
		.id = "bridge-isolation",
		.worst = LEVEL_WARNING,
		.title = "do guests reach each other on a bridge?",
		.why = "A guest can pose as the router or as another guest there, by ARP, DHCP and router advertisements.",
		.reference = "bridge(8), isolated; Documentation/networking/bridge.rst",
		.run = check_isolation,
	}, {
		.id = "bridge-flooding",
		.worst = LEVEL_WARNING,
		.title = "do bridges show guests others' packets?",
		.why = "A bridge that forgets at once who is where sends everything everywhere.",
		.reference = "CVE-2019-15753; ip-link(8), ageing_time",
		.run = check_flooding,
		.fix = fix_flooding,
	}, {
		.id = "bridge-routing",
		.worst = LEVEL_WARNING,
		.title = "whom do guests reach through the host?",
		.why = "A host that forwards without rules lets guests into every network that it is in.",
		.reference = "Documentation/networking/ip-sysctl.rst (forwarding)",
		.run = check_routing,
	}, {
		.id = "bridge-localnet",
		.worst = LEVEL_WARNING,
		.title = "is the host's 127.0.0.1 out of guests' reach?",
		.why = "What listens there trusts whoever comes.",
		.reference = "CVE-2020-8558; Documentation/networking/ip-sysctl.rst (route_localnet)",
		.run = check_localnet,
	}, {
		.id = "promiscuous",
		.worst = LEVEL_WARNING,
		.title = "do links of guests take packets that are for others?",
		.why = "The guest, or whoever listens on the bridge, then reads along.",
		.reference = "ip-link(8), promisc; netdevice(7)",
		.run = check_promiscuous,
	}, {
		.id = "macvtap",
		.worst = LEVEL_NOTE,
		.title = "do guests share a link by macvtap?",
		.why = "What goes from one to the other there, no rule of the host sees.",
		.reference = "ip-link(8), macvtap",
		.run = check_macvtap,
	}, {
		.id = "vhost-net",
		.worst = LEVEL_WARNING,
		.title = "is /dev/vhost-net closed to users?",
		.why = "It lets whoever may open it have the kernel read rings that they made up. Only VMMs need it.",
		.reference = "CVE-2019-14835, CVE-2020-10942",
		.node = &vhost_net,
	}, {
		.id = "vhost-vsock",
		.worst = LEVEL_WARNING,
		.title = "is /dev/vhost-vsock closed to users?",
		.why = "Whoever may open it can take the number of a guest and speak in its name; only VMMs need it.",
		.reference = "vsock(7)",
		.node = &vhost_vsock,
	}, {
		.id = "vhost-zerocopy",
		.worst = LEVEL_NOTE,
		.title = "does vhost copy what guests send?",
		.why = "Without a copy, a guest changes packets after they were looked at, and one that stalls holds up others.",
		.reference = "drivers/vhost/net.c (experimental_zcopytx)",
		.setting = &zero_copy,
	},
};

const struct check_group network_group = {
	"network", checks, ARRAY_SIZE(checks)
};
