namespace P2PChat.Bench;

internal static class HelpText
{
    public const string Full = """
        Measures what P2PChat costs, beside what the machine can do at all.

        usage: dotnet run -c Release --project P2PChat.Bench -- <command>

          paths [row...]       whole paths: each row and its floor in turn, in one run
              --rounds <n>     how often in turn, 1 to 100 (5)
              --quick          a small amount of each, in a minute: shows that it works, not how fast
              --json <file>    writes the figures there too
          list                 the rows of 'paths', with their floors and aims
          micro [options]      the codec, the machines and signatures by BenchmarkDotNet, whose options follow:
                               micro --filter '*Codec*', micro --list flat
          --help               this text

        Only ratios taken in one run mean anything: how fast a machine is changes by the hour. Rows that need Redis want a
        redis-server on the PATH (./test.sh gets one).

        """;
}
