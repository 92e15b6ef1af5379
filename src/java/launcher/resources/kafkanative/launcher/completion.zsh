#compdef kafka
# zsh completion of kafka and of links named kafka-COMMAND and kafka-COMMAND.sh
_kafka_options() {
    local line
    "$@" --help 2>&1 </dev/null | while IFS= read -r line; do
        while [[ $line =~ '(^|[^[:alnum:]-])(--[a-z][a-z0-9-]*)(.*)$' ]]; do
            print -r -- "$match[2]"
            line=$match[3]
        done
    done
}
_kafka() {
    local program=$words[1] at=2
    local -a command options described
    if [[ ${program:t} != kafka-* ]]; then
        if ((CURRENT == 2)); then
            described=("${(@f)$(print -r -- '@DESCRIBED@')}")
            described=("${described[@]/$'\t'/:}")
            _describe command described
            return
        fi
        command=("$words[2]")
        at=3
        if [[ $command[1] == completion ]]; then
            compadd bash zsh fish
            return
        fi
    fi
    if [[ $words[CURRENT] == -* ]]; then
        # Sub-commands, such as describe of metadata-quorum, have options of their own.
        if [[ $words[at] == [a-z]* ]] && ((CURRENT > at)); then
            command+=("$words[at]")
        fi
        options=("${(@fu)$(_kafka_options "$program" "${command[@]}")}")
        compadd -- "${options[@]}"
    else
        _files
    fi
}
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit -D; }
compdef _kafka kafka
for _kafka_link in @LINKS@; do
    compdef _kafka $_kafka_link $_kafka_link.sh
done
unset _kafka_link
