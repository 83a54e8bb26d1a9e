// SPDX-License-Identifier: GPL-2.0
/*
 * What is executed in a call: QEMU writes down each instruction's address, when
 * it is told to by a terminal that is its monitor (selftests/boot --trace).
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "calls.h"
#include "kselftest.h"
#include "trace.h"

#define WARM_UP	5
#define TIMES	2

#define PROMPT	"\n(qemu) "

/* Those that are traced with others there, too */
static const char *const again[] = {
	"KVM_RUN", "create VM", "create vCPU", "create slot", "add ioeventfd",
};

static int monitor;

/* The answer to each command ends in a prompt. */
static void await_prompt(void)
{
	const char *at = PROMPT;
	char byte;

	while (*at) {
		must(read(monitor, &byte, 1) == 1, "the monitor's answer");
		if (byte == *at)
			at++;
		else
			at = &PROMPT[byte == *PROMPT];
	}
}

static void tell(const char *command)
{
	must(write(monitor, command, strlen(command)) > 0, command);
	await_prompt();
}

static void open_monitor(const char *path)
{
	struct termios settings;

	monitor = open(path, O_RDWR | O_CLOEXEC | O_NOCTTY);
	must(monitor >= 0 && !tcgetattr(monitor, &settings), path);
	cfmakeraw(&settings);
	must(!tcsetattr(monitor, TCSANOW, &settings), path);
}

/* That this is executed tells that others are there from now on. */
static __attribute__((noinline)) void crowded(void)
{
	__asm__ volatile("");
}

static void trace(const struct call *call, bool is_crowded)
{
	unsigned int i;

	for (i = 0; i < WARM_UP; i++)
		call->once();
	tell("singlestep on\n");
	tell("log exec,nochain\n");
	if (is_crowded)
		crowded();
	for (i = 0; i < TIMES; i++)
		call->once();
	tell("log none\n");
	tell("singlestep off\n");
}

/**
 * trace_calls() - have QEMU write down what is executed in each call
 * @args: its monitor, and how many VMs there shall be the second time
 *
 * Prints a line for each: its name, and where its code begins; the same of the
 * clocks, which are asked when what counts begins and when it ends; and of what is
 * executed before others are there.
 *
 * Return: the exit status.
 */
int trace_calls(char **args)
{
	unsigned int i;

	make_vms();
	open_monitor(args[0]);
	for (i = 0; i < nr_calls; i++)
		printf("call\t%s\t%lx\n", calls[i].name,
		       (unsigned long)calls[i].once);
	printf("clock\tnow\t%lx\n", (unsigned long)now);
	printf("clock\tours\t%lx\n", (unsigned long)ours);
	printf("among\t%s\t%lx\n", args[1], (unsigned long)crowded);
	for (i = 0; i < nr_calls; i++)
		trace(&calls[i], false);
	more_vms(0, atoi(args[1]));
	for (i = 0; i < ARRAY_SIZE(again); i++)
		trace(call_named(again[i]), true);
	leave_vms();
	return 0;
}
