namespace P2PChat.Peer.Cli.Shells;

/// <summary>The scripts that <c>completion</c> prints. They ask the program for candidates.</summary>
public static class ShellScripts
{
    // Each shell completes files and directories itself. Bash needs readline's compopt, from version 4.
    private const string Bash = $$"""
        # Completion of P2PChat.Peer's command line. In ~/.bashrc:
        #   source <(P2PChat.Peer completion bash)
        _p2pchat() {
            local candidate
            COMPREPLY=()
            while IFS= read -r candidate; do
                case $candidate in
                    {{ShellCompletion.Files}}) compopt -o default ;;
                    {{ShellCompletion.Directories}}) compopt -o dirnames ;;
                    *) printf -v candidate %q "$candidate"; COMPREPLY+=("$candidate") ;;
                esac
            done < <("${COMP_WORDS[0]/#\~/$HOME}" completion -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
        }
        complete -F _p2pchat P2PChat.Peer p2pchat

        """;

    private const string Zsh = $$"""
        #compdef P2PChat.Peer p2pchat
        # Completion of P2PChat.Peer's command line. In ~/.zshrc, after compinit:
        #   source <(P2PChat.Peer completion zsh)
        _p2pchat() {
            local -a candidates
            candidates=("${(@f)$(${~words[1]} completion -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
            case ${candidates[1]} in
                {{ShellCompletion.Files}}) _files ;;
                {{ShellCompletion.Directories}}) _files -/ ;;
                ?*) compadd -- "${candidates[@]}" ;;
            esac
        }
        if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
            _p2pchat "$@"
        else
            compdef _p2pchat P2PChat.Peer p2pchat
        fi

        """;

    private const string Fish = $$"""
        # Completion of P2PChat.Peer's command line. Once:
        #   P2PChat.Peer completion fish > ~/.config/fish/completions/P2PChat.Peer.fish
        function __p2pchat_candidates
            set -l words (commandline -opc)
            set -l typed (commandline -ct)
            set -l candidates ($words[1] completion -- $words[2..-1] "$typed" 2>/dev/null)
            switch "$candidates[1]"
                case {{ShellCompletion.Files}}
                    __fish_complete_path "$typed"
                case {{ShellCompletion.Directories}}
                    __fish_complete_directories "$typed" ''
                case '?*'
                    printf '%s\n' $candidates
            end
        end
        for name in P2PChat.Peer p2pchat
            complete -c $name -f -a '(__p2pchat_candidates)'
        end

        """;

    public static IReadOnlyList<string> Shells { get; } = ["bash", "zsh", "fish"];

    /// <summary>Makes the comments of a script name the program.</summary>
    public static string NameProgram(string script, ProgramName program)
    {
        ArgumentNullException.ThrowIfNull(script);
        ArgumentNullException.ThrowIfNull(program);
        return string.Join(
            '\n',
            script
                .Split('\n')
                .Select(line =>
                    line.StartsWith("# ", StringComparison.Ordinal)
                        ? line.Replace(ProgramName.Standalone.Name, program.Name, StringComparison.Ordinal)
                        : line
                )
        );
    }

    /// <returns>The script; null for an unknown shell.</returns>
    public static string? For(string shell) =>
        shell switch
        {
            "bash" => Bash,
            "zsh" => Zsh,
            "fish" => Fish,
            _ => null,
        };
}
