#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The Tab key, in a bash and a zsh that run on a terminal, with what `make install` has put where they look
# for it: verbs, options and their arguments, as the program's own help has them.
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/lib/tap.sh

# The key, in a line.
TAB=$'\t'

install_all() {
	make --no-print-directory install DESTDIR="$TAP_DIR" PREFIX=/usr >/dev/null
	export PATH=$TAP_DIR/usr/sbin:$PATH
	declare -gA SETUP=(
		[bash]=". $TAP_DIR/usr/share/bash-completion/completions/erxdp"
		[zsh]="fpath=($TAP_DIR/usr/share/zsh/vendor-completions \$fpath); autoload -Uz compinit; compinit -D -u"
	)
}

becomes() { # SHELL LINE EXPECTED
	equal "$(tests/lib/complete.py "$1" "${SETUP[$1]}" "$2")" "$3" "$2"
}

case_verbs() {
	becomes "$1" "erxdp att$TAB" "<erxdp><attach>"
	becomes "$1" "erxdp con$TAB" "<erxdp><confirm>"
	# "re": reload alone; "r": run, route, reload.
	becomes "$1" "erxdp re$TAB" "<erxdp><reload>"
	becomes "$1" "erxdp nat fl$TAB" "<erxdp><nat><flush>"
	becomes "$1" "erxdp route g$TAB" "<erxdp><route><get>"
}

case_options() {
	becomes "$1" "erxdp attach --dr$TAB" "<erxdp><attach><--dry-run>"
	becomes "$1" "erxdp attach --confir$TAB" "<erxdp><attach><--confirm>"
	becomes "$1" "erxdp stats --onc$TAB" "<erxdp><stats><--once>"
	becomes "$1" "erxdp nat show --outside-$TAB" "<erxdp><nat><show><--outside-port>"
	becomes "$1" "erxdp detach --js$TAB" "<erxdp><detach><--js>"
}

case_arguments() {
	becomes "$1" "erxdp run --mode gen$TAB" "<erxdp><run><--mode><generic>"
	becomes "$1" "erxdp run -m na$TAB" "<erxdp><run><-m><native>"
	becomes "$1" "erxdp nat show --state closi$TAB" "<erxdp><nat><show><--state><closing>"
	becomes "$1" "erxdp nat flush -p sct$TAB" "<erxdp><nat><flush><-p><sctp>"
	becomes "$1" "erxdp check -c user/erxdp.conf.exa$TAB" "<erxdp><check><-c><user/erxdp.conf.example>"
}

# Words that would be commands of the sed that looks them up in the help: what is typed is not run.
case_strange_words() {
	local hit=$TAP_DIR/hit.$1
	becomes "$1" "erxdp attach -c/etouch\\ $hit\\ \\# $TAB" "<erxdp><attach><-c/etouch $hit #>"
	[ ! -e "$hit" ] || fail "a word after -c was run"
	becomes "$1" "erxdp \"x/y/;etouch $hit #\" $TAB" "<erxdp><x/y/;etouch $hit #>"
	[ ! -e "$hit" ] || fail "the verb was run"
}

# Nothing is printed over the line, either. (Without the terminal, of which stderr is a part.)
case_quiet() {
	. "$TAP_DIR/usr/share/bash-completion/completions/erxdp"
	for word in -c/etc/e.touch "-c[" --config=/x/y; do
		COMP_WORDS=(erxdp attach "$word" "") COMP_CWORD=3
		_erxdp 2>"$TAP_DIR/said"
		equal "$(cat "$TAP_DIR/said") ${COMPREPLY[*]}" " " "$word"
	done
}

# What bash offers, without the terminal: each verb, and each option of each verb, of the help.
case_everything() {
	local verb options
	. "$TAP_DIR/usr/share/bash-completion/completions/erxdp"
	COMP_WORDS=(erxdp "") COMP_CWORD=1
	_erxdp
	equal "${COMPREPLY[*]}" "$(erxdp --help | grep -oE '^  [a-z]+' | xargs)"
	[ "${#COMPREPLY[@]}" -ge 11 ]
	for verb in "${COMPREPLY[@]}"; do
		COMP_WORDS=(erxdp "$verb" --) COMP_CWORD=2
		_erxdp
		options=$(printf '%s\n' "${COMPREPLY[@]}" | sort)
		equal "$options" "$(erxdp "$verb" --help | grep -oE '^ +(-[a-z], )?--[a-z-]+' |
			grep -oE -- '--[a-z-]+' | sort)" "options of $verb"
	done
}

# What is not read from the help: the words that an option takes.
case_words_are_taken() {
	local status
	for word in auto native generic tc; do
		status=0
		erxdp attach --mode $word -c /nonexistent || status=$?
		equal $status 1 "exit code with --mode $word"
	done
	status=0
	erxdp attach --mode fast -c /nonexistent || status=$?
	equal $status 2
}

tap_begin "completion"
install_all || exit 1
for shell in bash zsh; do
	tap_case "$shell: verbs" case_verbs $shell
	tap_case "$shell: options" case_options $shell
	tap_case "$shell: arguments" case_arguments $shell
	tap_case "$shell: words that are commands elsewhere" case_strange_words $shell
done
tap_case "bash: a word that is no option is not looked up" case_quiet
tap_case "all that the help has is offered" case_everything
tap_case "the words that are offered are taken" case_words_are_taken
tap_end
