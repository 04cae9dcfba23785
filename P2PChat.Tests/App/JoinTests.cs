using System.Net;
using System.Net.Sockets;
using System.Text;
using P2PChat.App.Join;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Invites;
using P2PChat.Protocol.Rooms;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;

namespace P2PChat.Tests.App;

public sealed class JoinTests : IAsyncLifetime, IDisposable
{
    private readonly TempDirectory _temp = new();
    private TestDirectory? _directory;

    private string Data => Path.Combine(_temp.Path, "bob");

    private Uri Directory => new(_directory!.Url);

    public async Task InitializeAsync() => _directory = await TestDirectory.StartAsync();

    public async Task DisposeAsync() => await _directory!.DisposeAsync();

    public void Dispose() => _temp.Dispose();

    [Fact]
    public async Task Join_reads_the_link_from_a_pipe_and_is_remembered()
    {
        var (joined, output, errors) = await AppProcess.RunAsync(
            $"{Link()}\nstatus\n",
            ["join", "-", "bob", "--yes", "--data", Data]
        );
        Assert.Equal((0, ""), (joined, errors));
        Assert.Contains($"This link is from anna, key {Key("anna").Short}, in ", output, StringComparison.Ordinal);
        Assert.Contains($"* registered in the directory at {_directory!.Url}\n", output, StringComparison.Ordinal);
        Assert.Contains("\ndirectory  registered", output, StringComparison.Ordinal);
        Assert.DoesNotContain(Link().Split('.')[^1], output, StringComparison.Ordinal);
        Assert.Equal(Username.Parse("bob"), StoredPeer.Read(Data)!.Name);

        // Without --discovery, the peer finds the directory again.
        var (later, laterOutput, _) = await AppProcess.RunAsync("exit\n", "peer", "bob", "--data", Data);
        Assert.Equal(0, later);
        Assert.Contains($"* registered in the directory at {_directory.Url}\n", laterOutput, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Damaged_link_is_refused_before_anything_is_dialled()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var link = Link(new Uri($"http://{listener.LocalEndpoint}"));
        var other = link[^1] == 'A' ? 'B' : 'A';

        await FailsToJoinAsync(2, "cut off or altered", link[..^1]);
        await FailsToJoinAsync(2, "cut off or altered", link[..^1] + other);
        await FailsToJoinAsync(2, "from a newer version", link.Replace("#1.", "#3.", StringComparison.Ordinal));

        Assert.False(listener.Pending());
        Assert.False(Path.Exists(Data));
    }

    [Fact]
    public async Task Join_without_a_terminal_needs_explicit_consent()
    {
        var (exitCode, _, errors) = await AppProcess.RunAsync("y\n", "join", Link(), "bob", "--data", Data);

        Assert.Equal(2, exitCode);
        Assert.Contains("--yes", errors, StringComparison.Ordinal);
        Assert.False(Path.Exists(Data));
    }

    [Fact]
    public async Task Unreachable_directory_is_reported_and_leaves_nothing()
    {
        var nobody = new Uri($"http://127.0.0.1:{LoopbackPort.Next()}");

        await FailsToJoinAsync(1, $"The directory at http://{nobody.Authority} cannot be reached.", Link(nobody));

        Assert.False(Path.Exists(Data));
    }

    [Fact]
    public async Task Taken_name_is_reported_and_leaves_nothing()
    {
        await using var bob = await TestPeer.StartAsync("bob", _directory!.Url);
        await bob.RegisteredAsync();

        await FailsToJoinAsync(1, "The link is not used up.", Link());

        Assert.False(Path.Exists(Data));
    }

    [Fact]
    public async Task Link_to_a_room_does_not_let_anyone_into_the_directory()
    {
        await using var guarded = await TestDirectory.StartAsync("--Directory:JoinToken=swordfish");
        _ = InviteLink.TryParse(Link(new Uri(guarded.Url)), out var link);
        var toRoom = link! with { Room = new RoomEventId(new byte[RoomEventId.Size]) };

        await FailsToJoinAsync(
            1,
            "A link to a room does not let you into its directory. Ask anna for an invite first",
            toRoom.ToString()
        );

        Assert.False(Path.Exists(Data));
    }

    [Fact]
    public void Inviters_name_is_refused()
    {
        _ = InviteLink.TryParse(Link(), out var link);

        Assert.Contains(
            "Choose another username.",
            new JoinTarget(link!.Inviter, Data, null, IsNew: true).Refusal(link),
            StringComparison.Ordinal
        );
        Assert.Null(new JoinTarget(Username.Parse("bob"), Data, null, IsNew: true).Refusal(link));
    }

    [Fact]
    public async Task Data_directory_of_another_peer_or_directory_is_refused()
    {
        System.IO.Directory.CreateDirectory(
            Data,
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        );
        PeerId own;
        await using (var bob = await TestPeer.StartAsync("bob", _directory!.Url, Data))
        {
            own = bob.Status.PeerId;
            await Eventually.True(
                () => StoredPeer.Read(Data)?.Directory == _directory.Url,
                PeerUnderTest.Soon,
                "the directory is remembered"
            );
            await FailsToJoinAsync(1, "bob is already running.", Link());
        }

        await using var another = await TestDirectory.StartAsync();
        await FailsToJoinAsync(1, "This is your own invite link.", Link(key: own));
        await FailsToJoinAsync(
            1,
            $"bob already uses the directory at {_directory.Url}, and a peer has one directory.",
            Link(new Uri(another.Url))
        );
        await AppProcess
            .RunAsync("", "join", Link(), "carol", "--yes", "--data", Data)
            .ContinueWith(
                run => Assert.Contains($"{Data} belongs to bob.", run.Result.Errors, StringComparison.Ordinal),
                TaskScheduler.Default
            );
        Assert.Equal(_directory.Url, StoredPeer.Read(Data)!.Directory);
    }

    [Fact]
    public void Same_directory_at_a_new_address_is_the_same_directory()
    {
        var stored = new StoredPeer(Key("bob"), Username.Parse("bob"), "http://10.0.0.1:5000", new byte[16]);
        var target = new JoinTarget(stored.Name!.Value, Data, stored, IsNew: false);
        _ = InviteLink.TryParse(Link(), out var link);

        Assert.Null(target.OtherDirectory(link!, new byte[16]));
        Assert.NotNull(target.OtherDirectory(link!, [.. Enumerable.Repeat<byte>(1, 16)]));
        Assert.False(target.HasJoined(link!));
    }

    [Fact]
    public async Task Server_that_is_not_a_directory_is_reported()
    {
        await using var peer = await TestPeer.StartAsync("carol", _directory!.Url);

        await FailsToJoinAsync(1, "is not a P2PChat directory.", Link(peer.Address));
    }

    [Theory]
    [InlineData("one\ntwo\n", "one")]
    [InlineData("one", "one")]
    [InlineData("\n", null)]
    [InlineData("", null)]
    public void Only_the_first_line_of_a_pipe_is_read(string input, string? line)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(input));

        Assert.Equal(line, LinkInput.ReadLine(stream));
        Assert.Equal(Math.Min((line ?? "").Length + 1, input.Length), stream.Position);
    }

    private static PeerId Key(string name) => PeerId.FromPublicKey(Encoding.UTF8.GetBytes(name));

    private string Link(Uri? directory = null, PeerId? key = null) =>
        new InviteLink(
            directory ?? Directory,
            Username.Parse("anna"),
            key ?? Key("anna"),
            new InviteSecret(new byte[InviteSecret.Size])
        ).ToString();

    private async Task FailsToJoinAsync(int exitCode, string fragment, string link)
    {
        var (actualCode, _, errors) = await AppProcess.RunAsync("", "join", link, "bob", "--yes", "--data", Data);
        Assert.Contains(fragment, errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
        Assert.Equal(exitCode, actualCode);
    }
}
