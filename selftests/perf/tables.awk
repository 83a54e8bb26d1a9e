# The tables of Documentation/performance.md, each after a line with its name.

function number(n,   digits, text) {
	digits = sprintf("%d", n < 0 ? -n : n)
	while (length(digits) > 3) {
		text = "," substr(digits, length(digits) - 2) text
		digits = substr(digits, 1, length(digits) - 3)
	}
	return (n < 0 ? "-" : "") digits text
}

function added(n) { return (n >= 0 ? "+" : "") number(n) }

function table(name, heads,   n, i, part, rule) {
	n = split(heads, part, "|")
	print "@ " name
	rule = "| --- |"
	for (i = 2; i <= n; i++)
		rule = rule " ---: |"
	gsub(/\|/, " | ", heads)
	print "| " heads " |\n" rule
}

function cell(row, call) {
	return (row, call) in least ? added(more(row, call)) : ""
}

function mechanisms(   i, c) {
	table("mechanisms", "call|bare|kvmwarden|its own|BPF-LSM|seccomp|" \
	      "kprobes|rounds differ by")
	for (i = 1; i <= calls; i++) {
		c = call[i]
		printf "| %s | %s | %s | %s | %s | %s | %s | %s |\n", c,
			number(least["bare", c]), cell("kvmwarden", c),
			c in ours ? number(ours[c]) : "", cell("BPF-LSM", c),
			cell("seccomp", c), cell("kprobes", c),
			number(most["bare", c] - least["bare", c])
	}
}

# rows_like(TABLE, PATTERN, SHORTEN): rows whose name matches, of some calls
function rows_like(name, title, pattern, columns, shorten,   n, i, j, c, label, text) {
	n = split(columns, c, "|")
	table(name, title "|" columns)
	for (i = 1; i <= rows; i++) {
		if (row[i] !~ pattern)
			continue
		label = row[i]
		if (shorten)
			gsub(/[^0-9]/, "", label)
		text = "| " (shorten ? number(label) : label) " |"
		for (j = 1; j <= n; j++)
			text = text " " cell(row[i], c[j]) " |"
		print text
	}
}

function refusals(   i, j, c, text) {
	split("refuse VM|refuse slot|refuse vCPU", c, "|")
	table("refusals", "refused, in all|VM|slot|vCPU")
	for (i = 1; i <= rows; i++) {
		if (!((row[i], "refuse VM") in least))
			continue
		text = "| " row[i] " |"
		for (j = 1; j <= 3; j++)
			text = text " " ((row[i], c[j]) in least ? \
				number(least[row[i], c[j]]) : "") " |"
		print text
	}
}

function classes(   i, j, k, text, size, by, which, name) {
	split("1 100 1000 9999", size, " ")
	split("uid;gid;exe;cgroup;cgroup, prefixes alike", by, ";")
	split("first last default", which, " ")
	table("classes", "matched by|1 class|100|1,000|9,999")
	for (i = 1; i <= 5; i++) for (j = 1; j <= 3; j++) {
		text = "| " by[i] ", " which[j] " |"
		for (k = 1; k <= 4; k++) {
			name = size[k] " classes by " by[i] ", " which[j]
			text = text " " cell(name, "create VM") " |"
		}
		print text
	}
}

function memory(   i, sum) {
	table("memory", "asked for by|bytes|taken")
	for (i = 1; i <= keepers; i++) {
		print "| `" keeper[i] "()`" \
			(identity(keeper[i]) ? ", who created it" : "") " | " \
			number(asked[keeper[i]]) " | " \
			number(kept[keeper[i]]) " |"
		sum += kept[keeper[i]]
	}
	print "| in all |  | " number(sum) " |"
	print "| of the kernel's caches, per VM |  | " number(cache_bytes) " |"
}

function gaps(   i) {
	table("gaps", "what is done|longest exit|latest wake-up")
	for (i = 1; i <= acts; i++)
		print "| " act[i] " | " number(exit_gap[i]) " | " number(late[i]) " |"
	table("others", "what is done|interrupts|code changed|processors stopped")
	for (i = 1; i <= others; i++)
		print "| " other[i] " | " calls_of[i] " | " syncs[i] " | " stops[i] " |"
}

# The @n that execute most of @c, in order
function top(c, n,   i, j, name, best, done) {
	for (i = 1; i <= n && i <= executers[c]; i++) {
		best = ""
		for (j = 1; j <= executers[c]; j++) {
			name = executes[c, j]
			if (!(name in done) &&
			    (best == "" || where[c, name] > where[c, best]))
				best = name
		}
		done[best]
		ranked[i] = best
	}
	return i - 1
}

function where_it_goes(   columns, c, i, j, n, k, rest, line, text) {
	n = split("create VM|create vCPU|create slot|add ioeventfd", c, "|")
	table("where", "create VM| |create vCPU| |create slot| |add ioeventfd| ")
	for (k = 1; k <= n; k++) {
		columns = top(c[k], 14)
		rest = own(c[k])
		for (i = 1; i <= 14; i++) {
			if (i > columns) {
				line[k, i] = " | |"
				continue
			}
			text = ranked[i]
			sub(/ \(kvmwarden\)/, "", text)
			line[k, i] = " `" text "` | " \
				number(where[c[k], ranked[i]]) " |"
			rest -= where[c[k], ranked[i]]
		}
		line[k, 15] = " others | " number(rest) " |"
		line[k, 16] = " in all | " number(own(c[k])) " |"
	}
	for (i = 1; i <= 16; i++) {
		text = "|"
		for (k = 1; k <= n; k++)
			text = text line[k, i]
		print text
	}
}

# goal(WHAT, MEASURED, AT MOST, GOT)
function goal(what, measured, wanted, got) {
	if (!measured) {
		print "| " what " | " number(wanted) " | | **not measured** |"
		return
	}
	print "| " what " | " number(wanted) " | " number(got) " | " \
		(got <= wanted ? "met" : "**shortfall**") " |"
}

# To look at what there is not would make it.
function own(call) { return call in ours ? ours[call] : 0 }

function goals(   i, c) {
	table("goals", "goal|at most|measured| ")
	goal("instructions added to KVM_RUN",
	     ("kvmwarden", "KVM_RUN") in least, 0,
	     more("kvmwarden", "KVM_RUN"))
	for (i = 1; i <= calls; i++) {
		c = call[i]
		if (is_hooked(c))
			goal("instructions added to: " c, c in ours, 100,
			     own(c))
	}
	goal("bytes of a VM's record, beyond who created it", keepers, 256,
	     record_bytes())
	for (i = 1; i <= calls; i++) {
		c = call[i]
		if ((c " among 10000") in ours)
			goal("more of them among 10,000 VMs: " c, 1, 0,
			     own(c " among 10000") - own(c))
	}
	for (i = 1; i <= others; i++)
		if (other[i] ~ /kvmwarden|policy|another$|disarm/ &&
		    other[i] !~ /module/)
			goal("times processors are stopped: " other[i], 1, 0,
			     stops[i])
}

END {
	goals()
	mechanisms()
	rows_like("limits", "limits",
		  "^(kvmwarden|no limits|of .*)$",
		  "create VM|destroy VM|create vCPU|create slot|delete slot|" \
		  "add ioeventfd|add irqfd|KVM_RUN")
	rows_like("denials", "policy",
		  "^(kvmwarden|no limits|nesting .*)$",
		  "create VM|KVM_RUN, nested|KVM_CHECK_EXTENSION|" \
		  "KVM_GET_SUPPORTED_CPUID|KVM_GET_MSR_INDEX_LIST|KVM_RUN")
	refusals()
	rows_like("crowds", "other VMs", "^with [0-9]+ other VMs$",
		  "create VM|destroy VM|create vCPU|create slot|delete slot|" \
		  "add ioeventfd|add irqfd|KVM_RUN", 1)
	classes()
	memory()
	gaps()
	where_it_goes()
}
