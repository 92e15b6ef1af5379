# fish completion of kafka and of links named kafka-COMMAND and kafka-COMMAND.sh
function __kafka_options
    set -l words (commandline -opc)
    set -l asked $words[1]
    set -l at 2
    if not string match -q 'kafka-*' -- (path basename -- $words[1])
        set -a asked $words[2]
        set at 3
    end
    # Sub-commands, such as describe of metadata-quorum, have options of their own.
    if set -q words[$at]; and string match -qr '^[a-z]' -- $words[$at]
        set -a asked $words[$at]
    end
    $asked --help 2>&1 </dev/null | string match -arg '(?:^|[^[:alnum:]-])(--[a-z][a-z0-9-]*)' | sort -u
end
function __kafka_commands
    echo '@DESCRIBED@'
end
complete -c kafka -f -n __fish_use_subcommand -a '(__kafka_commands)'
complete -c kafka -f -n '__fish_seen_subcommand_from completion' -a 'bash zsh fish'
for program in kafka @LINKS@
    for name in $program $program.sh
        complete -c $name -n 'string match -q -- "-*" (commandline -ct)' -f -a '(__kafka_options)'
    end
end
