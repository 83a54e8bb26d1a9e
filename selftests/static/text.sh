# shellcheck shell=bash
# shellcheck disable=SC2154 # selftests/style has $cache and others
# Checks of how the source is written; see selftests/style.

checkpatch_files() {
	files 'kmod/*.[ch]' 'uapi/*.h' 'tools/*.[ch]' 'selftests/*.[ch]'
}

# checkpatch_except FILE: what it is not to look for there
checkpatch_except() {
	case $1 in
	# as all headers of tracepoints are written
	kmod/tracepoints.h) echo OPEN_ENDED_LINE,PARENTHESIS_ALIGNMENT ;;
	# an annotation is taken for a function, and (void) before it for an
	# argument
	kmod/gate.h | kmod/place.h) echo FUNCTION_ARGUMENTS ;;
	kmod/* | */rival/*) echo NONE ;;
	# BIT() is not there for user space
	uapi/*) echo BIT_MACRO ;;
	# what stands in for the kernel is called as the kernel has it
	selftests/unit/*)
		printf %s, AVOID_BUG NEW_TYPEDEFS MEMORY_BARRIER CAMELCASE \
			MACRO_ARG_PRECEDENCE COMPLEX_MACRO MACRO_ARG_REUSE \
			IS_ENABLED_CONFIG EXPORT_SYMBOL \
			PREFER_DEFINED_ATTRIBUTE_MACRO
		;;
	# nor are the kernel's types, attributes and READ_ONCE(); a message
	# stays on one line, to be found by those who search for it; what is
	# used again in a macro is only ever named there, as in ARRAY_SIZE()
	*)
		printf %s, BIT_MACRO CAMELCASE PREFER_KERNEL_TYPES VOLATILE \
			PREFER_DEFINED_ATTRIBUTE_MACRO LONG_LINE_STRING \
			MACRO_ARG_REUSE
		;;
	esac
}

# from elsewhere, for it leaves files behind
checkpatch_few() {
	local file except
	local -A of

	for file; do
		of[$(checkpatch_except "$file")]+=" $tree/$file"
	done
	cd "$scripts/.." || return
	for except in "${!of[@]}"; do
		# shellcheck disable=SC2086 # several words
		"$scripts/checkpatch.pl" --no-tree --strict --terse --quiet \
			--show-types --ignore "$except" -f ${of[$except]} \
			2>/dev/null | grep -v '^total:'
	done
	true
}

shell_files() {
	# busybox runs those of the bed and the guest: dash is close
	files . | xargs awk '/^#!\/bin\/((ba)?sh|busybox sh)|^# shellcheck shell/ {
			print FILENAME
		}
		{ nextfile }'
}
shell_file() { shellcheck -x -f gcc "$1"; }

# Words that are right here: static/words says why.
spelling_files() { files . | grep -vE '^(LICENSE|selftests/static/words)$'; }
spelling_all() {
	sed 's/ *#.*//' "$bed_dir/static/words" >"$work/words"
	codespell --disable-colors --ignore-words "$work/words" "$@"
}

# A link of a document leads to a file, and where it names a heading, there.
links_files() { files '*.md'; }
links_all() {
	local file line link path

	grep -HnoE '\]\([^) ]+\)' "$@" | while IFS=: read -r file line link; do
		link=${link#*(}
		link=${link%)}
		[[ $link != *://* ]] || continue
		path=$file
		[[ $link == '#'* ]] || path=$(dirname "$file")/${link%%#*}
		if [[ ! -e $path ]]; then
			echo "$file:$line: no such file: $link"
		elif [[ $link == *#* ]] && ! headings "$path" |
			grep -qxF -- "${link#*#}"; then
			echo "$file:$line: no such heading: $link"
		fi
	done
}

# headings FILE: as links name them
headings() {
	sed -n 's/^##* //p' "$1" | tr '[:upper:]' '[:lower:]' |
		sed -e 's/[^a-z0-9 _-]//g' -e 's/ /-/g'
}

# What another machine has not, and no place to fetch from.
traces_files() { files .; }
traces_all() {
	local place

	place=$(dirname "$tree")
	[[ $place != / ]] || place=$tree
	# not what only ends like it, as "$cache/root/" where that is /root
	grep -nIE "(^|[^[:alnum:]_}])$place/|https?://[^ ]*/debian" "$@"
	true
}
