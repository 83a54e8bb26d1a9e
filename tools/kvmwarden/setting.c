// SPDX-License-Identifier: GPL-2.0-only
/*
 * Is a setting what it should be, and how is it set, for now and for good?
 */
#include <stdlib.h>
#include <string.h>

#include "repair.h"
#include "setting.h"
#include "tool.h"

#define SYSCTLS		"/proc/sys/"
#define MODULES		"/sys/module/"
#define PARAMETERS	"/parameters/"

static bool is_sysctl(const struct setting *setting)
{
	return !strncmp(setting->path, SYSCTLS, strlen(SYSCTLS));
}

/* The module's part of a parameter's path, which is of that length */
static const char *module_of(const struct setting *setting, int *len)
{
	const char *module = setting->path + strlen(MODULES);

	*len = strcspn(module, "/");
	return module;
}

static const char *parameter_of(const struct setting *setting)
{
	return strstr(setting->path, PARAMETERS) + strlen(PARAMETERS);
}

/* "kernel.kptr_restrict", "kvm.ignore_msrs"; to be freed */
static char *name_of(const struct setting *setting)
{
	const char *module;
	char *name, *at;
	int len;

	if (!is_sysctl(setting)) {
		module = module_of(setting, &len);
		return text_of("%.*s.%s", len, module, parameter_of(setting));
	}
	name = copy_of(setting->path + strlen(SYSCTLS));
	for (at = name; *at; at++) {
		if (*at == '/')
			*at = '.';
	}
	return name;
}

static void missing(const struct setting *setting, const struct host *host,
		    const char *name, struct finding *f)
{
	if (setting->missing)
		finding_set(f, LEVEL_NOTE, "%s", setting->missing);
	else if (is_sysctl(setting) && !host_has(host, SYSCTLS "kernel"))
		finding_set(f, LEVEL_NOTE, "not known: there is no /proc/sys");
	else
		finding_set(f, LEVEL_NA, "there is no %s here", name);
}

static void help_sysctl(const struct setting *setting, const char *name,
			struct finding *f)
{
	finding_help(f, "Now, and at each boot:");
	finding_help(f, "    sysctl %s=%s", name, setting->value);
	finding_help(f, "    echo %s=%s \\", name, setting->value);
	finding_help(f, "        >>/etc/sysctl.d/90-kvm-host.conf");
}

static void help_parameter(const struct setting *setting, struct finding *f)
{
	const char *parameter = parameter_of(setting), *module;
	int len;

	module = module_of(setting, &len);
	if (setting->value) {
		finding_help(f, "Now:");
		finding_help(f, "    echo %s >%s", setting->value,
			     setting->path);
	}
	finding_help(f, "See who has set it, and remove that:");
	finding_help(f, "    grep -rw %s /etc/modprobe.d /proc/cmdline",
		     parameter);
	if (!setting->value)
		finding_help(f, "Then load %.*s anew, with all VMs stopped, or reboot.",
			     len, module);
}

static void bad(const struct setting *setting, enum level worst,
		const char *name, long long number, struct finding *f)
{
	finding_set(f, worst, "%s (%s=%lld)", setting->found, name, number);
	if (is_sysctl(setting))
		help_sysctl(setting, name, f);
	else
		help_parameter(setting, f);
	if (setting->advice)
		finding_help(f, "%s", setting->advice);
}

void setting_check(const struct setting *setting, const struct host *host,
		   enum level worst, struct finding *f)
{
	char *name = name_of(setting);
	long long number;

	if (!host_has(host, setting->path))
		missing(setting, host, name, f);
	else if (!host_number(host, setting->path, &number))
		finding_set(f, LEVEL_NOTE, "not known: %s cannot be read",
			    name);
	else if (number >= setting->from && number <= setting->to)
		bad(setting, worst, name, number, f);
	else
		finding_set(f, LEVEL_OK, "%s=%lld", name, number);
	free(name);
}

int setting_fix(const struct setting *setting, const struct host *host)
{
	return repair_write(host, setting->path, setting->value);
}
