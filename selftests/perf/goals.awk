# Whether the figures of a short run are as low as they should be, as TAP. What
# is not as low as it is meant to become is said, too.

function ok(good, what) {
	print (good ? "ok " : "not ok ") ++tests " " what
	bad += !good
}

function below(row, call, limit,   aim) {
	ok((row, call) in least && (bare(row), call) in least &&
	   more(row, call) <= limit,
	   sprintf("%s, %s: %d more, of %d", row, call, more(row, call), limit))
	aim = is_hooked(call) ? 100 : 0
	if (more(row, call) > aim)
		print "# shortfall: " row ", " call ": " more(row, call) \
			" more, the goal is " aim
}

# To look at what there is not makes it: so first of all, is it there?
function flat(by, limit,   one, many, measured, growth) {
	one = "1 classes by " by ", last"
	many = "1000 classes by " by ", last"
	measured = (one, "create VM") in least && (many, "create VM") in least
	growth = more(many, "create VM") - more(one, "create VM")
	ok(measured && growth <= limit,
	   sprintf("1000 classes by %s: %d more than 1, of %d", by, growth,
		   limit))
}

function memory(limit) {
	ok(keepers && record_bytes() <= limit,
	   sprintf("a VM's record: %d bytes, of %d", record_bytes(), limit))
	if (record_bytes() > 256)
		print "# shortfall: a VM's record: " record_bytes() \
			" bytes, the goal is 256"
}

END {
	turns = median["clock", "loop of 2002"] - median["clock", "loop of 2"]
	ok(turns == 2000, "2000 instructions are counted as " turns)
	split("kvmwarden;no limits;of users and 2 cgroups, too", run, ";")
	for (i = 1; i in run; i++)
		below(run[i], "KVM_RUN", 0)
	below("kvmwarden", "KVM_IRQ_LINE", 0)
	below("kvmwarden", "KVM_SIGNAL_MSI", 0)
	below("kvmwarden", "KVM_GET_REGS", 0)
	below("kvmwarden", "KVM_RUN, nested", 250)
	below("no limits", "create VM", 12000)
	below("no limits", "destroy VM", 4000)
	below("no limits", "create vCPU", 900)
	below("no limits", "create slot", 1300)
	below("no limits", "delete slot", 1000)
	below("no limits", "add ioeventfd", 450)
	below("no limits", "add irqfd", 1300)
	below("no limits", "remove irqfd", 200)
	below("no limits", "KVM_SET_GSI_ROUTING", 400)
	below("no limits", "KVM_CHECK_EXTENSION", 150)
	below("no limits", "KVM_GET_SUPPORTED_CPUID", 250)
	below("no limits", "KVM_GET_MSR_INDEX_LIST", 250)
	below("of users and 2 cgroups, too", "create VM", 16000)
	below("of users and 2 cgroups, too", "create slot", 1500)
	below("of users and 2 cgroups, too", "create vCPU", 1200)
	below("nesting denied to others", "KVM_RUN, nested", 450)
	flat("uid", 500); flat("gid", 500); flat("exe", 1000)
	flat("cgroup", 500)
	memory(384)
	print "1.." tests
	exit bad != 0
}
