using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using P2PChat.Discovery.Hosting;
using P2PChat.Node.Paths.Relay;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Discovery.Relay.Legs;

/// <summary>The relay over real sockets, with the client that peers use.</summary>
public sealed class RelayTests : IAsyncLifetime
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    private DirectoryFixture _directory = null!;

    public async Task InitializeAsync() =>
        _directory = await DirectoryFixture.StartAsync("Directory:Relay:BytesPerSecond=0");

    public async Task DisposeAsync() => await _directory.DisposeAsync();

    [Fact]
    public Task Bytes_pass_in_both_directions_at_once() => CarryBothWaysAsync(_directory);

    [Fact]
    public async Task Bytes_pass_over_the_directorys_own_TLS()
    {
        await using var directory = await RelayFixture.StartWithTlsAsync();
        await CarryBothWaysAsync(directory);

        // A close frame passes as well, and the connection ends after it.
        var (alice, bob) = await directory.PairAsync();
        await using var _ = bob;
        await alice.DisposeAsync();
        Assert.Equal(0, await bob.ReadAsync(new byte[1]).AsTask().WaitAsync(Soon));
        Assert.Equal(RelayClose.PeerLeft, bob.End);
    }

    private static async Task CarryBothWaysAsync(DirectoryFixture directory)
    {
        var (alice, bob) = await directory.PairAsync();
        await using var _ = alice;
        await using var __ = bob;
        var sent = RandomNumberGenerator.GetBytes(3_000_000);

        var received = await Task.WhenAll(
            SendAsync(alice),
            SendAsync(bob),
            alice.ReadExactlyAsync(sent.Length),
            bob.ReadExactlyAsync(sent.Length)
        );

        Assert.Equal(sent, received[2]);
        Assert.Equal(sent, received[3]);

        async Task<byte[]> SendAsync(RelayStream stream)
        {
            for (var (i, size) = (0, 1); i < sent.Length; i += size, size = Math.Min(2 * size, 100_000))
            {
                await stream.WriteAsync(sent.AsMemory(i, Math.Min(size, sent.Length - i)));
            }

            return [];
        }
    }

    [Fact]
    public async Task Bytes_of_the_first_leg_wait_for_the_second()
    {
        var session = _directory.NewSession();
        await using var alice = await _directory.OpenAsync(session.Id, session.Caller);
        await alice.WriteAsync("hello"u8.ToArray());
        // A read without a buffer waits for bytes, as the reader of a link does.
        var reading = alice.ReadAsync(Memory<byte>.Empty).AsTask();
        await using var bob = await _directory.OpenAsync(session.Id, session.Callee);

        Assert.Equal("hello"u8.ToArray(), await bob.ReadExactlyAsync(5));
        Assert.False(reading.IsCompleted);
        await bob.WriteAsync("!"u8.ToArray());
        Assert.Equal(0, await reading.WaitAsync(Soon));
        Assert.Equal("!"u8.ToArray(), await alice.ReadExactlyAsync(1));
    }

    [Fact]
    public async Task Leg_that_closes_ends_the_other_after_its_last_bytes()
    {
        var (alice, bob) = await _directory.PairAsync();
        await using var _ = bob;
        await alice.WriteAsync("goodbye"u8.ToArray());
        await alice.DisposeAsync();

        Assert.Equal("goodbye"u8.ToArray(), await bob.ReadExactlyAsync(7));
        Assert.Equal(0, await bob.ReadAsync(new byte[1]).AsTask().WaitAsync(Soon));
        Assert.Equal(RelayClose.PeerLeft, bob.End);
        Assert.Equal(0, await bob.ReadAsync(new byte[1]));
        await Assert.ThrowsAsync<IOException>(async () => await bob.WriteAsync("?"u8.ToArray()));
    }

    [Fact]
    public async Task Leg_that_is_killed_ends_the_other_at_once()
    {
        var session = _directory.NewSession();
        using var alice = await _directory.OpenRawAsync(session.Id, session.Caller);
        await using var bob = await _directory.OpenAsync(session.Id, session.Callee);
        await alice.SendAsync(RelayFixture.Frame("hi"u8));
        Assert.Equal("hi"u8.ToArray(), await bob.ReadExactlyAsync(2));

        // With a linger time of 0, closing sends RST.
        alice.LingerState = new LingerOption(enable: true, seconds: 0);
        alice.Close();

        Assert.Equal(0, await bob.ReadAsync(new byte[1]).AsTask().WaitAsync(Soon));
        Assert.Equal(RelayClose.PeerLeft, bob.End);
    }

    [Fact]
    public async Task Leg_killed_while_waiting_is_reported_to_the_second_leg()
    {
        var session = _directory.NewSession();
        var alice = await _directory.OpenRawAsync(session.Id, session.Caller);
        alice.Dispose();

        // Either the session ends while bob is in it, or it has ended before.
        await using var bob = await _directory.OpenAsync(session.Id, session.Callee);
        Assert.Equal(0, await bob.ReadAsync(new byte[1]).AsTask().WaitAsync(Soon));
        Assert.Equal(RelayClose.PeerLeft, bob.End);
    }

    [Fact]
    public async Task Slow_reader_stops_the_sender()
    {
        var (alice, bob) = await _directory.PairAsync();
        await using var _ = alice;
        await using var __ = bob;
        var chunk = new byte[64 * 1024];
        var sent = 0;
        var sending = Task.Run(async () =>
        {
            // 64 MiB, if nothing stops it.
            for (; sent < 1_024; sent++)
            {
                await alice.WriteAsync(chunk);
            }
        });

        var last = -1;
        await Eventually.True(
            async () =>
            {
                // Nothing was sent for a while.
                await Task.Delay(TimeSpan.FromMilliseconds(200));
                return last == (last = Volatile.Read(ref sent));
            },
            Soon,
            "the sender has stopped"
        );
        // The kernel's buffers of both connections hold up to 16 MiB.
        Assert.InRange(last, 1, 17 * 16);
        // The relay adds 128 KiB for each connection, in blocks of which the first half at least is used.
        var pool = (BlockPool)_directory.Services.GetRequiredService<IMemoryPoolFactory<byte>>().Create();
        Assert.InRange(pool.Rented * BlockPool.BlockSize, 64 * 1024, 512 * 1024);

        // Nothing is lost: the rest passes as it is read.
        var left = 1_024L * chunk.Length;
        while (left > 0)
        {
            left -= await bob.ReadAsync(chunk);
        }

        await sending.WaitAsync(Soon);
    }

    [Fact]
    public async Task Invalid_frame_ends_both_legs()
    {
        var session = _directory.NewSession();
        using var alice = await _directory.OpenRawAsync(session.Id, session.Caller);
        await using var bob = await _directory.OpenAsync(session.Id, session.Callee);
        await alice.SendAsync("GET / HTTP/1.1\r\n\r\n"u8.ToArray());

        Assert.Equal(0, await bob.ReadAsync(new byte[1]).AsTask().WaitAsync(Soon));
        Assert.Equal(RelayClose.BadFrame, bob.End);
        var close = new byte[4];
        Assert.Equal(4, await alice.ReceiveAsync(close).WaitAsync(Soon));
        Assert.Equal([0x88, 2, 0x03, 0xea], close);
    }

    [Fact]
    public async Task Stopped_directory_says_so_on_every_leg()
    {
        var (alice, bob) = await _directory.PairAsync();
        await using var _ = alice;
        await using var __ = bob;
        var session = _directory.NewSession();
        await using var waiting = await _directory.OpenAsync(session.Id, session.Caller);

        var stopping = _directory.StopAsync();

        foreach (var leg in new[] { alice, bob, waiting })
        {
            Assert.Equal(0, await leg.ReadAsync(new byte[1]).AsTask().WaitAsync(Soon));
            Assert.Equal(RelayClose.Stopping, leg.End);
            await leg.DisposeAsync();
        }

        await stopping.WaitAsync(Soon);
    }

    [Fact]
    public async Task Call_that_is_not_a_WebSocket_is_refused()
    {
        var session = _directory.NewSession();
        using var plain = await _directory.SendAsync(HttpMethod.Get, RelayFixture.Path + session.Id, session.Caller);
        await ProblemAssert.IsAsync(HttpStatusCode.UpgradeRequired, ProblemTypes.UpgradeRequired, plain);
    }
}
