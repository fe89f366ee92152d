# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# bash completion of erxdp. What there is to complete is read from the program's own help, so that it is
# always the one of the erxdp that is installed.

# The help that tells the words behind the verb, and what of it begins like the word in hand.
_erxdp_help() { "${COMP_WORDS[0]}" "$@" --help 2>/dev/null; }
_erxdp_reply() { mapfile -t COMPREPLY < <(compgen "$@" -- "${COMP_WORDS[COMP_CWORD]}"); }

# "  -c, --config FILE   what it is": the part before the explanation.
_erxdp_options() { sed -nE 's/^ +(-.*)/\1/; T; s/ {2,}.*//p'; }

# What the option before the word in hand wants, by the name that the help has for it. Any other word would be
# a command of sed's to its regular expression: w and e write files and run programs.
_erxdp_argument() { # HELP
	[[ ${COMP_WORDS[COMP_CWORD - 1]} =~ ^--?[a-z][a-z-]*$ ]] || return
	_erxdp_options <<<"$1" | sed -nE "/(^| )${COMP_WORDS[COMP_CWORD - 1]}([ ,]|\$)/s/.* ([A-Z]+)(\[.*)?\$/\1/p"
}

_erxdp() {
	local verb=${COMP_WORDS[1]} help
	COMPREPLY=()
	if [ "$COMP_CWORD" = 1 ]; then
		_erxdp_reply -W "$(_erxdp_help | sed -nE 's/^  ([a-z]+) .*/\1/p')"
		return
	fi
	[[ $verb =~ ^[a-z]+$ ]] || return # for the same reason
	help=$(_erxdp_help "$verb")
	if [[ ${COMP_WORDS[COMP_CWORD - 1]} == -* ]]; then
		case $(_erxdp_argument "$help") in
		FILE) compopt -o filenames 2>/dev/null && _erxdp_reply -f && return ;;
		MODE) _erxdp_reply -W "auto native generic tc" && return ;;
		STATE) _erxdp_reply -W "new open closing closed" && return ;;
		PROTOCOL) _erxdp_reply -W "tcp udp icmp ipip 6in4 gre esp l2tp sctp udplite" && return ;;
		?*) return ;;
		esac
	fi
	if [[ ${COMP_WORDS[COMP_CWORD]} == -* ]]; then
		_erxdp_reply -W "$(_erxdp_options <<<"$help" | grep -oE -- '--?[a-z][a-z-]*')"
	elif [ "$COMP_CWORD" = 2 ]; then
		_erxdp_reply -W "$(sed -nE "s/.* erxdp $verb ([a-z]+)( .*|\$)/\1/p" <<<"$help")"
	fi
}

complete -F _erxdp erxdp
