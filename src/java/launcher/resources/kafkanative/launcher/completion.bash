# bash completion of kafka and of links named kafka-COMMAND and kafka-COMMAND.sh
_kafka_options() {
    local line
    while IFS= read -r line; do
        while [[ $line =~ (^|[^[:alnum:]-])(--[a-z][a-z0-9-]*)(.*)$ ]]; do
            printf '%s\n' "${BASH_REMATCH[2]}"
            line=${BASH_REMATCH[3]}
        done
    done < <("$@" --help 2>&1 </dev/null) | sort -u
}
_kafka() {
    local word=${COMP_WORDS[COMP_CWORD]} program=${COMP_WORDS[0]} command=() at=1
    COMPREPLY=()
    if [[ ${program##*/} != kafka-* ]]; then
        if ((COMP_CWORD == 1)); then
            mapfile -t COMPREPLY < <(compgen -W '@COMMANDS@ --help --version' -- "$word")
            return
        fi
        command=("${COMP_WORDS[1]}")
        at=2
        if [[ ${command[0]} == completion ]]; then
            mapfile -t COMPREPLY < <(compgen -W 'bash zsh fish' -- "$word")
            return
        fi
    fi
    # Without an option begun, the next word is a file, a value, or a sub-command that only the user knows.
    if [[ $word == -* ]]; then
        # Sub-commands, such as describe of metadata-quorum, have options of their own.
        if [[ ${COMP_WORDS[at]} == [a-z]* ]] && ((COMP_CWORD > at)); then
            command+=("${COMP_WORDS[at]}")
        fi
        mapfile -t COMPREPLY < <(compgen -W "$(_kafka_options "$program" "${command[@]}")" -- "$word")
    else
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
    fi
}
complete -o filenames -F _kafka kafka
for _kafka_link in @LINKS@; do
    complete -o filenames -F _kafka "$_kafka_link" "$_kafka_link.sh"
done
unset _kafka_link
