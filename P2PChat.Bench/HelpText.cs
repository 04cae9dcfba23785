namespace P2PChat.Bench;

internal static class HelpText
{
    public const string Full = """
        Measures the cost of P2PChat's paths. Each is compared with a floor: the least work that any implementation
        would need.

        usage: dotnet run -c Release --project P2PChat.Bench -- <command>

          paths [row...]       measure whole paths: each row and its floor alternately, in one run
              --rounds <n>     number of rounds, 1 to 100 (default 5, or 1 with --quick)
              --quick          a small amount of work per row, about a minute in all; the figures mean little
              --json <file>    also write the figures to a file
          list                 show the rows of 'paths' with their floors and aims
          micro [options]      run the benchmarks of the codec, the state machines and signatures (BenchmarkDotNet);
                               options are passed on: micro --filter '*Codec*', micro --list flat
          --help               show this text

        Compare only ratios taken in one run: the speed of a machine changes by the hour. Some rows need redis-server on
        the PATH, and the row page needs Chromium (./test.sh installs both).

        """;
}
