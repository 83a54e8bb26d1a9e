// SPDX-License-Identifier: GPL-2.0-only
/*
 * doctor: what QEMU opens of a guest, and to whom.
 */
#include <stdlib.h>
#include <string.h>

#include "doctor.h"
#include "qemu.h"

/* The worst that was found, and who is as bad as that */
struct exposed {
	enum level level;
	struct several who;
};

static void expose(struct exposed *exposed, enum level level,
		   const struct process *process, const char *how)
{
	if (level <= LEVEL_OK || level < exposed->level)
		return;
	if (level > exposed->level)
		several_free(&exposed->who);
	exposed->level = level;
	several_add(&exposed->who, "%s (%s)", process_text(process),
		    brief(how));
}

typedef void (*process_test)(struct exposed *exposed,
			     const struct process *process);

static void expose_all(struct exposed *exposed, const struct processes *all,
		       process_test test)
{
	size_t i;

	*exposed = (struct exposed) { .level = LEVEL_OK };
	for (i = 0; i < all->count; i++)
		test(exposed, &all->list[i]);
}

/* What it means, by level: the words for a note, a warning, a problem */
static bool judge(const struct subject *s, struct finding *f,
		  process_test test, const char *const words[NR_LEVELS])
{
	struct exposed exposed;
	bool found;

	expose_all(&exposed, &s->processes, test);
	found = exposed.level > LEVEL_OK;
	if (found)
		finding_set(f, exposed.level, "%s: %s", words[exposed.level],
			    exposed.who.text);
	else if (s->processes.count)
		finding_set(f, LEVEL_OK, "%s", words[LEVEL_OK]);
	else
		finding_set(f, LEVEL_NA, "%s", words[LEVEL_NA]);
	several_free(&exposed.who);
	return found;
}

/* --- screens --------------------------------------------------------------- */

/* By who reaches it, and what it asks of them */
static enum level open_level(enum reach reach, bool asks, bool encrypted)
{
	if (reach == REACH_NETWORK && !asks && !encrypted)
		return LEVEL_PROBLEM;
	if (reach == REACH_NETWORK && !encrypted)
		return LEVEL_WARNING;
	if (reach == REACH_HOST && !asks)
		return LEVEL_NOTE;
	return LEVEL_OK;
}

static enum level vnc_level(const char *value)
{
	bool asks = qemu_is_on(value, "password") ||
		    qemu_has(value, "password-secret") ||
		    qemu_is_on(value, "sasl");
	bool encrypted = qemu_has(value, "tls-creds") ||
			 qemu_is_on(value, "tls");

	if (!strncmp(value, "unix:", 5))
		return LEVEL_OK;
	return open_level(qemu_reach(value), asks, encrypted);
}

static void test_vnc(struct exposed *exposed, const struct process *process)
{
	const char *value;
	size_t at = 0;

	if (!process->qemu)
		return;
	while ((value = qemu_option(process, "vnc", &at)))
		expose(exposed, vnc_level(value), process, value);
	at = 0;
	while ((value = qemu_option(process, "display", &at))) {
		if (!strncmp(value, "vnc=", 4))
			expose(exposed, vnc_level(value + 4), process, value);
	}
}

static void check_vnc(const struct subject *s, struct finding *f)
{
	static const char *const words[NR_LEVELS] = {
		[LEVEL_NA] = "no QEMU runs",
		[LEVEL_OK] = "no QEMU has one that is open",
		[LEVEL_NOTE] = "any user of the host may use it",
		[LEVEL_WARNING] = "it goes over the network as it is",
		[LEVEL_PROBLEM] = "it is open to the network",
	};

	if (!judge(s, f, test_vnc, words))
		return;
	finding_help(f, "Have it listen where only you get, and tunnel to it; or with certificates (tls-creds-x509, verify-peer=on):");
	finding_help(f, "    -vnc unix:/run/vm/NAME.vnc");
	finding_help(f, "    -vnc :0,tls-creds=ID,sasl=on");
	finding_help(f, "libvirt: vnc_listen, vnc_tls and vnc_tls_x509_verify in qemu.conf.");
}

static enum reach spice_reach(const char *value)
{
	char *host = qemu_value(value, "addr");
	enum reach reach = qemu_host_reach(host ? host : "");

	free(host);
	return qemu_is_on(value, "unix") ? REACH_NONE : reach;
}

static enum level spice_level(const char *value)
{
	bool asks = !qemu_is_on(value, "disable-ticketing") ||
		    qemu_is_on(value, "sasl");

	if (!qemu_has(value, "port") && !qemu_has(value, "tls-port"))
		return LEVEL_OK;
	return open_level(spice_reach(value), asks, !qemu_has(value, "port"));
}

static void test_spice(struct exposed *exposed, const struct process *process)
{
	const char *value;
	size_t at = 0;

	if (!process->qemu)
		return;
	while ((value = qemu_option(process, "spice", &at)))
		expose(exposed, spice_level(value), process, value);
}

static void check_spice(const struct subject *s, struct finding *f)
{
	static const char *const words[NR_LEVELS] = {
		[LEVEL_NA] = "no QEMU runs",
		[LEVEL_OK] = "no QEMU has one that is open",
		[LEVEL_NOTE] = "any user of the host may use it",
		[LEVEL_WARNING] = "it goes over the network as it is",
		[LEVEL_PROBLEM] = "it is open to the network",
	};

	if (!judge(s, f, test_spice, words))
		return;
	finding_help(f, "Give it a TLS port only, and a password:");
	finding_help(f, "    -spice tls-port=5901,x509-dir=DIR,password-secret=ID");
	finding_help(f, "libvirt: spice_tls and spice_listen in qemu.conf.");
}

/* --- migration ------------------------------------------------------------- */

static bool migrates_by_tls(const struct process *process)
{
	const char *value;
	size_t at = 0;

	while ((value = qemu_option(process, "global", &at))) {
		if (!strncmp(value, "migration.tls-creds=", 20) && value[20])
			return true;
	}
	return false;
}

static void test_incoming(struct exposed *exposed,
			  const struct process *process)
{
	bool tls = migrates_by_tls(process);
	const char *value, *address;
	size_t at = 0;

	if (!process->qemu)
		return;
	while ((value = qemu_option(process, "incoming", &at))) {
		address = strchr(value, ':');
		if (strncmp(value, "tcp:", 4) && strncmp(value, "rdma:", 5))
			continue;
		expose(exposed, open_level(qemu_reach(address + 1), tls, tls),
		       process, value);
	}
}

static void check_incoming(const struct subject *s, struct finding *f)
{
	static const char *const words[NR_LEVELS] = {
		[LEVEL_NA] = "no QEMU runs",
		[LEVEL_OK] = "no QEMU awaits a guest from just anybody",
		[LEVEL_NOTE] = "any user of the host may send it a guest",
		[LEVEL_PROBLEM] = "anybody may send it a guest, and read it on the way",
	};

	if (!judge(s, f, test_incoming, words))
		return;
	finding_help(f, "Migrate through a tunnel, or by TLS, which asks both sides for certificates:");
	finding_help(f, "    -incoming unix:/run/vm/NAME.migrate");
	finding_help(f, "    -global migration.tls-creds=ID");
	finding_help(f, "libvirt: migrate_tls_force = 1 in qemu.conf.");
}

/* --- control --------------------------------------------------------------- */

/* "tcp:HOST:PORT,server=on": whoever gets there has the VMM */
static enum level control_level(const char *value)
{
	enum reach reach;

	if (strncmp(value, "tcp:", 4) && strncmp(value, "telnet:", 7) &&
	    strncmp(value, "websocket:", 10))
		return LEVEL_OK;
	reach = qemu_reach(strchr(value, ':') + 1);
	if (reach == REACH_NETWORK)
		return LEVEL_PROBLEM;
	return reach == REACH_HOST ? LEVEL_WARNING : LEVEL_OK;
}

/* "socket,id=ID,host=HOST,port=PORT,server=on" */
static enum level chardev_level(const char *value)
{
	char *host = qemu_value(value, "host");
	enum reach reach = qemu_host_reach(host ? host : "");

	free(host);
	if (!qemu_has(value, "port") || !qemu_is_on(value, "server") ||
	    qemu_has(value, "tls-creds"))
		return LEVEL_OK;
	return reach == REACH_NETWORK ? LEVEL_PROBLEM : LEVEL_WARNING;
}

static bool is_chardev(const char *value, const char *id)
{
	char *own = qemu_value(value, "id");
	bool same = own && !strcmp(own, id);

	free(own);
	return same;
}

static void test_chardev(struct exposed *exposed,
			 const struct process *process, const char *id)
{
	const char *value;
	size_t at = 0;

	while ((value = qemu_option(process, "chardev", &at))) {
		if (is_chardev(value, id))
			expose(exposed, chardev_level(value), process, value);
	}
}

/* -mon [chardev=]ID,mode=control */
static void test_monitors(struct exposed *exposed,
			  const struct process *process)
{
	const char *value;
	size_t at = 0;

	while ((value = qemu_option(process, "mon", &at))) {
		char *id = qemu_value(value, "chardev");

		if (!id)
			id = text_of("%.*s", (int)strcspn(value, ","), value);
		test_chardev(exposed, process, id);
		free(id);
	}
}

static void test_control(struct exposed *exposed,
			 const struct process *process)
{
	static const char *const options[] = {
		"monitor", "qmp", "qmp-pretty", "gdb"
	};
	const char *value;
	size_t i, at;

	if (!process->qemu)
		return;
	for (i = 0; i < ARRAY_SIZE(options); i++) {
		at = 0;
		while ((value = qemu_option(process, options[i], &at)))
			expose(exposed, control_level(value), process, value);
	}
	at = 0;
	if (qemu_option(process, "s", &at))
		expose(exposed, LEVEL_PROBLEM, process, "-s");
	test_monitors(exposed, process);
}

static void check_control(const struct subject *s, struct finding *f)
{
	static const char *const words[NR_LEVELS] = {
		[LEVEL_NA] = "no QEMU runs",
		[LEVEL_OK] = "no QEMU can be told what to do by just anybody",
		[LEVEL_WARNING] = "any user of the host has its monitor or debugger",
		[LEVEL_PROBLEM] = "the network has its monitor or debugger",
	};

	if (!judge(s, f, test_control, words))
		return;
	finding_help(f, "Have monitors listen on a socket file in a directory of their own, and switch debuggers off:");
	finding_help(f, "    -qmp unix:/run/vm/NAME.qmp,server=on,wait=off");
}

/* --- disks over the network ------------------------------------------------ */

/* The value of -o, --option or --option=; NULL: it is not given */
static const char *nbd_option(const struct process *process,
			      const char *letter, const char *name)
{
	size_t i, len = strlen(name);

	for (i = 1; i < process->nr_args; i++) {
		const char *arg = process->args[i];

		if (!strncmp(arg, name, len) && arg[len] == '=')
			return arg + len + 1;
		if (!strcmp(arg, name) || !strcmp(arg, letter))
			return i + 1 < process->nr_args ?
			       process->args[i + 1] : "";
	}
	return NULL;
}

static void test_nbd(struct exposed *exposed, const struct process *process)
{
	const char *bind = nbd_option(process, "-b", "--bind");
	bool tls = nbd_option(process, "--tls-creds", "--tls-creds");

	if (!process->nbd || nbd_option(process, "-k", "--socket") ||
	    nbd_option(process, "-c", "--connect"))
		return;
	expose(exposed, open_level(qemu_host_reach(bind ? bind : ""), tls, tls),
	       process, bind ? bind : "all addresses");
}

static void check_nbd(const struct subject *s, struct finding *f)
{
	static const char *const words[NR_LEVELS] = {
		[LEVEL_NA] = "no qemu-nbd runs",
		[LEVEL_OK] = "no qemu-nbd gives disks to just anybody",
		[LEVEL_NOTE] = "any user of the host may have its disk",
		[LEVEL_PROBLEM] = "the network may have its disk",
	};

	if (!judge(s, f, test_nbd, words))
		return;
	finding_help(f, "Have it listen on a socket file, or ask for certificates:");
	finding_help(f, "    qemu-nbd -k /run/vm/NAME.nbd ...");
	finding_help(f, "    qemu-nbd --tls-creds ID --object tls-creds-x509,... ...");
}

/* --- the table ------------------------------------------------------------- */

static const struct check checks[] = {
	{
		.id = "vnc",
		.worst = LEVEL_PROBLEM,
		.title = "who gets to guests' screens by VNC?",
		.why = "Whoever does types and sees as if before the machine; its passwords go over the network as they are.",
		.reference = "QEMU: docs/system/vnc-security.rst",
		.run = check_vnc,
	}, {
		.id = "spice",
		.worst = LEVEL_PROBLEM,
		.title = "who gets to guests' screens by SPICE?",
		.why = "Whoever does types and sees as if before the machine.",
		.reference = "qemu(1), -spice",
		.run = check_spice,
	}, {
		.id = "incoming",
		.worst = LEVEL_PROBLEM,
		.title = "who may send QEMU a guest?",
		.why = "A migration is the guest's whole memory, and what is sent is taken for devices' state: made up well, it takes over the VMM.",
		.reference = "QEMU: docs/system/security.rst, docs/system/tls.rst",
		.run = check_incoming,
	}, {
		.id = "qemu-control",
		.worst = LEVEL_PROBLEM,
		.title = "who may give QEMU orders?",
		.why = "Its monitor opens files of the host and runs its user's programs; its debugger has all of the guest.",
		.reference = "QEMU: docs/system/security.rst (sensitive configurations)",
		.run = check_control,
	}, {
		.id = "nbd",
		.worst = LEVEL_PROBLEM,
		.title = "who gets at disks by qemu-nbd?",
		.why = "The protocol asks nobody who they are, unless by certificates.",
		.reference = "qemu-nbd(8)",
		.run = check_nbd,
	},
};

const struct check_group migration_group = {
	"migration", checks, ARRAY_SIZE(checks)
};
