using System.Diagnostics;
using P2PChat.Discovery.Hosting;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Peer.Cli;
using static P2PChat.Tests.Infrastructure.NetworkNamespaces;

namespace P2PChat.Tests.Node.Lan;

/// <summary>Peers that announce themselves on a network of their own. Needs root.</summary>
[Trait("Requires", "Root")]
public sealed class LanNetworkTests : IDisposable
{
    private const string NoDirectory = "http://10.79.0.9:9";

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    private readonly TempDirectory _data = new();
    private readonly NetworkNamespaces _networks = new();

    public LanNetworkTests()
    {
        foreach (var (machine, address) in new[] { (_networks.Left, "10.79.0.1"), (_networks.Right, "10.79.0.2") })
        {
            Ip($"-n {machine} address add {address}/24 dev {Cable}");
            Ip($"-n {machine} link set {Cable} up");
        }
    }

    public void Dispose()
    {
        _networks.Dispose();
        _data.Dispose();
    }

    [Fact]
    [Trait("Requires", "Avahi")]
    public async Task Announced_peer_is_seen_by_avahi_without_its_name()
    {
        await using var alice = PeerProgram.StartIn(
            _networks.Left,
            PeerProgram.Assembly,
            new Dictionary<string, string> { ["Peer__Lan"] = "true" },
            "alice",
            "8001",
            "--data",
            Path.Combine(_data.Path, "alice"),
            "--discovery",
            NoDirectory
        );
        await using var avahi = await AvahiDaemon.StartAsync(_networks.Right, _data.Path);

        var found = "";
        await Eventually.True(
            () => (found = avahi.Browse()).Contains(";10.79.0.1;8001;\"v=1\"", StringComparison.Ordinal),
            Soon,
            "avahi resolves the service"
        );
        Assert.DoesNotContain("alice", found, StringComparison.OrdinalIgnoreCase);
        await alice.PrintsAsync("* you are alice, id ");
        var peerId = alice.Output.Split("id ")[1][..7];
        Assert.DoesNotContain(peerId, found, StringComparison.OrdinalIgnoreCase);

        // A peer that hides its address says goodbye, and so does one that ends.
        await alice.TypeAsync("set hide-address on\n");
        await Eventually.True(() => avahi.Browse().Length == 0, Soon, "avahi has heard that the address is hidden");
        await alice.TypeAsync("set hide-address off\n");
        await Eventually.True(
            () => avahi.Browse().Contains(";10.79.0.1;8001;", StringComparison.Ordinal),
            Soon,
            "avahi resolves the service again"
        );
        await alice.TypeAsync("exit\n");
        Assert.Equal(0, await alice.ExitCodeAsync());
        await Eventually.True(() => avahi.Browse().Length == 0, Soon, "avahi has heard the goodbye");
    }

    [Fact]
    public async Task Contacts_talk_while_the_directory_is_down()
    {
        const string url = "http://10.79.0.1:6300";
        await using (
            var directory = PeerProgram.StartIn(
                _networks.Left,
                typeof(DiscoveryApp).Assembly.Location,
                new Dictionary<string, string>(),
                "--urls",
                url
            )
        )
        {
            await using var alice = Start(_networks.Left, "alice", url);
            await using var bob = Start(_networks.Right, "bob", url);
            await alice.PrintsAsync("registered in the directory");
            await bob.PrintsAsync("registered in the directory");
            await bob.TypeAsync("connect alice\n");
            await alice.PrintsAsync("bob");
            await alice.TypeAsync("accept bob\n");
            await bob.PrintsAsync("connected to alice");
            await alice.TypeAsync("exit\n");
            await bob.TypeAsync("exit\n");
            Assert.Equal((0, 0), (await alice.ExitCodeAsync(), await bob.ExitCodeAsync()));
            directory.Signal("KILL");
        }

        // Other ports than before, so that only the announcements can tell them.
        await using (var alice = Start(_networks.Left, "alice", url))
        await using (var bob = Start(_networks.Right, "bob", url))
        {
            await alice.PrintsAsync("connected to bob");
            await bob.PrintsAsync("connected to alice");
            await alice.TypeAsync("send bob found you\n");
            await bob.PrintsAsync("alice: found you");
            await bob.TypeAsync("send alice so did I\n");
            await alice.PrintsAsync("bob: so did I");
            Assert.DoesNotContain("registered in the directory", alice.Output + bob.Output, StringComparison.Ordinal);
        }
    }

    private PeerProgram Start(string machine, string name, string directory) =>
        PeerProgram.StartIn(
            machine,
            PeerProgram.Assembly,
            new Dictionary<string, string> { ["Peer__Lan"] = "true" },
            name,
            "--data",
            Path.Combine(_data.Path, name),
            "--discovery",
            directory
        );

    /// <summary>avahi-daemon with a bus of its own, in a network namespace.</summary>
    private sealed class AvahiDaemon : IAsyncDisposable
    {
        private readonly string _machine;
        private readonly string _bus;
        private readonly List<Process> _processes = [];

        private AvahiDaemon(string machine, string bus) => (_machine, _bus) = (machine, bus);

        public static async Task<AvahiDaemon> StartAsync(string machine, string directory)
        {
            var bus = Path.Combine(directory, "bus");
            var daemon = new AvahiDaemon(machine, bus);
            var busConfiguration = Path.Combine(directory, "bus.conf");
            await File.WriteAllTextAsync(
                busConfiguration,
                $"""
                <busconfig>
                  <type>session</type>
                  <listen>unix:path={bus}</listen>
                  <auth>EXTERNAL</auth>
                  <policy context="default">
                    <allow send_destination="*" eavesdrop="true"/>
                    <allow eavesdrop="true"/>
                    <allow own="*"/>
                  </policy>
                </busconfig>
                """
            );
            var configuration = Path.Combine(directory, "avahi.conf");
            await File.WriteAllTextAsync(
                configuration,
                """
                [server]
                use-ipv6=no
                disallow-other-stacks=no
                [publish]
                disable-publishing=yes
                """
            );
            daemon.Start("dbus-daemon", $"--config-file={busConfiguration}", "--nofork", "--nopidfile");
            await Eventually.True(() => File.Exists(bus), Soon, "the bus listens");
            daemon.Start("avahi-daemon", "--no-chroot", "--no-drop-root", "--no-rlimits", "-f", configuration);
            return daemon;
        }

        /// <summary>Lists what is known now, one line per address; empty while the daemon starts.</summary>
        public string Browse()
        {
            using var browser = Start("avahi-browse", "-rpt", "_p2pchat._tcp");
            var output = browser.StandardOutput.ReadToEnd();
            browser.WaitForExit();
            return output;
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var process in _processes.AsEnumerable().Reverse())
            {
                try
                {
                    process.Kill();
                    await process.WaitForExitAsync();
                }
                catch (InvalidOperationException)
                {
                    // It has ended.
                }

                process.Dispose();
            }
        }

        private Process Start(string program, params string[] arguments)
        {
            var start = new ProcessStartInfo("ip", ["netns", "exec", _machine, program, .. arguments])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            start.Environment["DBUS_SYSTEM_BUS_ADDRESS"] = $"unix:path={_bus}";
            var process = Process.Start(start)!;
            process.ErrorDataReceived += (_, _) => { };
            process.BeginErrorReadLine();
            if (program != "avahi-browse")
            {
                process.BeginOutputReadLine();
                _processes.Add(process);
            }

            return process;
        }
    }
}
