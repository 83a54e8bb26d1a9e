// SPDX-License-Identifier: GPL-2.0-only
/*
 * doctor: how libvirt is set up, where it is.
 */
#include <stdlib.h>
#include <string.h>

#include "conf.h"
#include "doctor.h"
#include "qemu.h"
#include "socket.h"

#define QEMU_CONF	"/etc/libvirt/qemu.conf"
#define PORT_PLAIN	16509

/* Its daemons: one for all, or one for each */
static const char *const daemons[] = {
	"/etc/libvirt/libvirtd.conf", "/etc/libvirt/virtqemud.conf",
	"/etc/libvirt/virtproxyd.conf", NULL
};

static const char *const daemon_sockets[] = {
	"/run/libvirt/libvirt-sock", "/run/libvirt/virtqemud-sock", NULL
};

/* Says so, too */
static bool is_absent(const struct host *host, const char *path,
		      struct finding *f)
{
	if (host_has(host, path))
		return false;
	finding_set(f, LEVEL_NA, "there is no %s", path);
	return true;
}

static bool value_is(const struct host *host, const char *path,
		     const char *key, const char *wanted)
{
	char *value = conf_value(host, path, key);
	bool same = value && !strcmp(value, wanted);

	free(value);
	return same;
}

static bool any_daemon_has(const struct host *host, const char *key,
			   const char *wanted)
{
	size_t i;

	for (i = 0; daemons[i]; i++) {
		if (value_is(host, daemons[i], key, wanted))
			return true;
	}
	return false;
}

/* --- its daemons ----------------------------------------------------------- */

/* By what it is set to be, or is */
static bool socket_is_open(const struct host *host)
{
	struct stat st;
	size_t i;

	for (i = 0; daemons[i]; i++) {
		char *mode = conf_value(host, daemons[i],
					"unix_sock_rw_perms");
		bool open = mode && strtol(mode, NULL, 8) & 02;

		free(mode);
		if (open)
			return true;
	}
	for (i = 0; daemon_sockets[i]; i++) {
		if (host_stat(host, daemon_sockets[i], &st) &&
		    st.st_mode & 02)
			return true;
	}
	return false;
}

static void check_socket(const struct subject *s, struct finding *f)
{
	if (is_absent(&s->host, "/etc/libvirt", f))
		return;
	if (!any_daemon_has(&s->host, "auth_unix_rw", "none")) {
		finding_set(f, LEVEL_OK, "it asks who is there");
	} else if (!socket_is_open(&s->host)) {
		finding_set(f, LEVEL_OK, "it asks nobody, but is closed to others");
	} else {
		finding_set(f, LEVEL_PROBLEM,
			    "every user may give it orders, unasked");
		finding_help(f, "In libvirtd.conf, or that of the daemon that it is:");
		finding_help(f, "    auth_unix_rw = \"polkit\"");
		finding_help(f, "or, for a group of their own:");
		finding_help(f, "    unix_sock_group = \"libvirt\"");
		finding_help(f, "    unix_sock_rw_perms = \"0770\"");
	}
}

static void tcp_open(bool asks, struct finding *f)
{
	if (asks)
		finding_set(f, LEVEL_WARNING,
			    "it takes orders by TCP, without TLS");
	else
		finding_set(f, LEVEL_PROBLEM,
			    "it takes orders from the network, unasked");
	finding_help(f, "Use ssh (qemu+ssh://), or TLS with certificates:");
	finding_help(f, "    systemctl disable --now libvirtd-tcp.socket \\");
	finding_help(f, "        virtproxyd-tcp.socket");
	finding_help(f, "    systemctl enable --now virtproxyd-tls.socket");
	finding_help(f, "and in libvirtd.conf or virtproxyd.conf:");
	finding_help(f, "    listen_tcp = 0");
}

static void check_tcp(const struct subject *s, struct finding *f)
{
	bool asks = !any_daemon_has(&s->host, "auth_tcp", "none");
	struct sockets sockets;

	if (is_absent(&s->host, "/etc/libvirt", f))
		return;
	sockets_read(&sockets, &s->host);
	if (sockets_have(&sockets, PORT_PLAIN) ||
	    any_daemon_has(&s->host, "listen_tcp", "1"))
		tcp_open(asks, f);
	else
		finding_set(f, LEVEL_OK, "it does not listen without TLS");
	sockets_free(&sockets);
}

/* --- its VMs --------------------------------------------------------------- */

static void check_migration(const struct subject *s, struct finding *f)
{
	if (is_absent(&s->host, QEMU_CONF, f))
		return;
	if (value_is(&s->host, QEMU_CONF, "migrate_tls_force", "1")) {
		finding_set(f, LEVEL_OK, "TLS is a must");
		return;
	}
	finding_set(f, LEVEL_WARNING, "TLS is not a must");
	finding_help(f, "With certificates in place (default_tls_x509_cert_dir), in " QEMU_CONF ":");
	finding_help(f, "    migrate_tls_force = 1");
}

/* The key of where it listens, and that of what makes it encrypted */
static void add_screen(struct several *open, const struct host *host,
		       const char *listen, const char *tls)
{
	char *address = conf_value(host, QEMU_CONF, listen);

	if (address && qemu_host_reach(address) == REACH_NETWORK &&
	    !value_is(host, QEMU_CONF, tls, "1"))
		several_add(open, "%s = %s", listen, brief(address));
	free(address);
}

static void check_screens(const struct subject *s, struct finding *f)
{
	struct several open = { 0 };

	if (is_absent(&s->host, QEMU_CONF, f))
		return;
	add_screen(&open, &s->host, "vnc_listen", "vnc_tls");
	add_screen(&open, &s->host, "spice_listen", "spice_tls");
	if (open.count) {
		finding_set(f, LEVEL_WARNING,
			    "without TLS, by default: %s", open.text);
		finding_help(f, "Remove that from " QEMU_CONF " and use tunnels (virt-viewer makes them by ssh), or have there");
		finding_help(f, "    vnc_tls = 1");
		finding_help(f, "    vnc_tls_x509_verify = 1");
		finding_help(f, "    spice_tls = 1");
	} else {
		finding_set(f, LEVEL_OK, "none is open by default");
	}
	several_free(&open);
}

/* What makes a VMM that was taken over more of a danger */
static const struct {
	const char *key;
	const char *value;
} loose[] = {
	{ "security_driver", "none" },
	{ "security_default_confined", "0" },
	{ "user", "root" },
	{ "user", "+0" },
	{ "user", "0" },
	{ "clear_emulator_capabilities", "0" },
	{ "seccomp_sandbox", "0" },
	{ "dump_guest_core", "1" },
};

static void check_loose(const struct subject *s, struct finding *f)
{
	struct several found = { 0 };
	size_t i;

	if (is_absent(&s->host, QEMU_CONF, f))
		return;
	for (i = 0; i < ARRAY_SIZE(loose); i++) {
		if (value_is(&s->host, QEMU_CONF, loose[i].key,
			     loose[i].value))
			several_add(&found, "%s = %s", loose[i].key,
				    loose[i].value);
	}
	if (found.count) {
		finding_set(f, LEVEL_WARNING, "%s", found.text);
		finding_help(f, "Remove that from " QEMU_CONF ": what holds without is better. Then restart its daemon, and its VMs.");
	} else {
		finding_set(f, LEVEL_OK, "nothing that it has was switched off");
	}
	several_free(&found);
}

/* --- the table ------------------------------------------------------------- */

static const struct check checks[] = {
	{
		.id = "libvirt-socket",
		.worst = LEVEL_PROBLEM,
		.title = "whom does libvirt take orders from?",
		.why = "Whoever may give it orders is root: a VM may have any disk and any device of the host.",
		.reference = "libvirtd.conf (auth_unix_rw, unix_sock_rw_perms)",
		.run = check_socket,
	}, {
		.id = "libvirt-tcp",
		.worst = LEVEL_PROBLEM,
		.title = "does libvirt take orders without TLS?",
		.why = "Whoever may give it orders is root, and so is who reads or changes them on the way.",
		.reference = "libvirtd.conf (listen_tcp, auth_tcp)",
		.run = check_tcp,
	}, {
		.id = "libvirt-migration",
		.worst = LEVEL_WARNING,
		.title = "must libvirt's migrations be encrypted?",
		.why = "A migration is the guest's whole memory, and goes over the network as it is unless somebody thinks of it.",
		.reference = "qemu.conf (migrate_tls_force)",
		.run = check_migration,
	}, {
		.id = "libvirt-screens",
		.worst = LEVEL_WARNING,
		.title = "where do libvirt's guests show their screens?",
		.why = "Each VM that does not say otherwise shows it there.",
		.reference = "qemu.conf (vnc_listen, vnc_tls, spice_listen, spice_tls)",
		.run = check_screens,
	}, {
		.id = "libvirt-confined",
		.worst = LEVEL_WARNING,
		.title = "does libvirt confine its VMMs?",
		.why = "What it does so is all that stands between a VMM that was taken over, and the host and other VMs.",
		.reference = "qemu.conf (security_driver, user, seccomp_sandbox)",
		.run = check_loose,
	},
};

const struct check_group libvirt_group = {
	"libvirt", checks, ARRAY_SIZE(checks)
};
