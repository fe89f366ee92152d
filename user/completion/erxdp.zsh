#compdef erxdp
# SPDX-License-Identifier: GPL-2.0-only
#
# zsh completion of erxdp. What there is to complete is read from the program's own help, so that it is
# always the one of the erxdp that is installed.

# "  -c, --config FILE   what it is": the part before the explanation.
_erxdp_options() { sed -nE 's/^ +(-.*)/\1/; T; s/ {2,}.*//p' }

# What the option before the word in hand wants, by the name that the help has for it. Any other word would be
# a command of sed's to its regular expression: w and e write files and run programs.
_erxdp_argument() { # HELP
	[[ $words[CURRENT-1] =~ '^--?[a-z][a-z-]*$' ]] || return
	_erxdp_options <<<"$1" | sed -nE "/(^| )${words[CURRENT-1]}([ ,]|\$)/s/.* ([A-Z]+)(\[.*)?\$/\1/p"
}

_erxdp() {
	local verb=$words[2] help
	if (( CURRENT == 2 )); then
		compadd -- ${(f)"$($words[1] --help 2>/dev/null | sed -nE 's/^  ([a-z]+) .*/\1/p')"}
		return
	fi
	[[ $verb =~ '^[a-z]+$' ]] || return # for the same reason
	help=$($words[1] $verb --help 2>/dev/null)
	if [[ $words[CURRENT-1] == -* ]]; then
		case $(_erxdp_argument "$help") in
		FILE) _files; return ;;
		MODE) compadd auto native generic tc; return ;;
		STATE) compadd new open closing closed; return ;;
		PROTOCOL) compadd tcp udp icmp ipip 6in4 gre esp l2tp sctp udplite; return ;;
		?*) return 1 ;;
		esac
	fi
	if [[ $PREFIX == -* ]]; then
		compadd -- ${(f)"$(_erxdp_options <<<"$help" | grep -oE -- '--?[a-z][a-z-]*')"}
	elif (( CURRENT == 3 )); then
		compadd -- ${(f)"$(sed -nE "s/.* erxdp $verb ([a-z]+)( .*|\$)/\1/p" <<<"$help")"}
	fi
}

_erxdp "$@"
