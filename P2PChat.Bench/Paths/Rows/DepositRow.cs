using System.Buffers.Text;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using P2PChat.Bench.Load;
using P2PChat.Bench.Processes;
using P2PChat.Discovery.Storage.Redis;
using P2PChat.Protocol.Envelopes;
using P2PChat.Protocol.Identity;

namespace P2PChat.Bench.Paths.Rows;

/// <summary>Measures deposits into mailboxes, compared with the deposit script called directly in Redis.</summary>
internal sealed class DepositRow : PathRow
{
    private const int Connections = 32;
    private const int Boxes = 64;
    private const int EnvelopeBytes = 1024;

    // The reply: *2 $9 deposited $13 <milliseconds>, each part followed by CRLF.
    private const int ReplyBytes = 4 + 4 + 11 + 5 + 15;

    private static readonly RedisScript Script = RedisScript.ForMailbox("deposit");

    private readonly byte[] _envelope = RandomNumberGenerator.GetBytes(EnvelopeBytes);
    private DirectoryProcess _directory = null!;
    private HttpLoad _load = null!;
    private IReadOnlyList<ReadOnlyMemory<byte>>[] _requests = [];
    private ReadOnlyMemory<byte>[] _calls = [];
    private int _count;

    public override string Id => "deposit";

    public override string Measures =>
        "envelopes of 1 KiB per second into 64 mailboxes, through HTTP and Redis, from 32 connections";

    public override string Floor => "the deposit script called directly in Redis, 32 calls per write on one connection";

    public override IReadOnlyList<Figure> Figures { get; } = [new("envelopes", "1/s", Aim.RatioAtLeast(0.3))];

    public override async Task OpenAsync(Effort effort)
    {
        _count = effort.Of(8_000, 640);
        _directory = await DirectoryProcess.StartAsync(
            withRedis: true,
            "Directory:Lease=01:00:00",
            "Directory:Mailbox:CapabilityEnvelopes=100000000",
            "Directory:Mailbox:CapabilityBytes=100000000000",
            "Directory:Mailbox:MailboxBytes=100000000000"
        );
        var owners = (await Population.RegisterAsync(_directory.Endpoint, "bench", Boxes)).Peers;
        var capabilities = owners.Select(_ => RandomNumberGenerator.GetBytes(MailboxCapability.Size)).ToArray();
        _load = await HttpLoad.ConnectAsync(_directory.Endpoint, Connections);
        _ = await _load.SendAllAsync(
            RoundRobin.Split(
                Connections,
                [
                    .. owners.Select(
                        (owner, i) => Requests.Grant(owner.Name, owner.Token, MailboxCapability.HashOf(capabilities[i]))
                    ),
                ]
            )
        );

        var deposits = owners
            .Select((owner, i) => Requests.Deposit(owner.Name, Base64Url.EncodeToString(capabilities[i]), _envelope))
            .ToArray();
        _requests = RoundRobin.Split(Connections, [.. Enumerable.Range(0, _count).Select(i => deposits[i % Boxes])]);
        var calls = owners.Select((owner, i) => Call(owner.Name, MailboxCapability.HashOf(capabilities[i]))).ToArray();
        _calls =
        [
            .. Enumerable
                .Range(0, Boxes / Connections)
                .Select(i =>
                    (ReadOnlyMemory<byte>)
                        calls[(i * Connections)..((i + 1) * Connections)].SelectMany(call => call).ToArray()
                ),
        ];
        for (var i = 0; i < effort.Of(3, 1); i++)
        {
            _ = await MeasureAsync();
        }
    }

    public override async Task<Sample[]> MeasureAsync()
    {
        var cpu = _directory.CpuMicroseconds();
        var rate = await _load.SendAllAsync(_requests);
        return [new Sample(rate, (_directory.CpuMicroseconds() - cpu) / _count)];
    }

    public override async Task<Sample?[]> FloorAsync()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
        {
            NoDelay = true,
        };
        await socket.ConnectAsync(IPEndPoint.Parse(_directory.Redis!.ConnectionString.Split(',')[0]));
        var replies = new byte[Connections * ReplyBytes];
        var (started, cpu) = (Stopwatch.GetTimestamp(), ProcessUsage.CpuMicroseconds(_directory.Redis.Id));
        for (var sent = 0; sent < _count; sent += Connections)
        {
            _ = await socket.SendAsync(_calls[sent / Connections % _calls.Length]);
            for (var read = 0; read < replies.Length; )
            {
                var received = await socket.ReceiveAsync(replies.AsMemory(read));
                if (received == 0 || replies[0] != (byte)'*')
                {
                    throw new InvalidOperationException(
                        $"Unexpected reply from Redis: {Encoding.ASCII.GetString(replies)}"
                    );
                }

                read += received;
            }
        }

        var used = ProcessUsage.CpuMicroseconds(_directory.Redis.Id) - cpu;
        return [new Sample(_count / Stopwatch.GetElapsedTime(started).TotalSeconds, used / _count)];
    }

    public override async ValueTask DisposeAsync()
    {
        _load?.Dispose();
        if (_directory is not null)
        {
            await _directory.DisposeAsync();
        }
    }

    private byte[] Call(string name, string capabilityHash)
    {
        var keys = Shard.Of(Username.Parse(name)).Keys;
        var call = new MemoryStream();
        byte[][] parts =
        [
            "EVALSHA"u8.ToArray(),
            Ascii(Convert.ToHexStringLower(Script.Hash.Span)),
            Ascii(keys.Length),
            .. keys.Select(key => Ascii((string)key!)),
            Ascii(3_600_000),
            Ascii(7_776_000_000),
            Ascii(name),
            Ascii(capabilityHash),
            _envelope,
            Ascii(1_209_600_000),
            Ascii(100_000_000),
            Ascii(100_000_000_000),
            Ascii(100_000_000_000),
        ];
        call.Write(Ascii($"*{parts.Length}\r\n"));
        foreach (var part in parts)
        {
            call.Write(Ascii($"${part.Length}\r\n"));
            call.Write(part);
            call.Write("\r\n"u8);
        }

        return call.ToArray();
    }

    private static byte[] Ascii(long number) => Ascii(number.ToString(CultureInfo.InvariantCulture));

    private static byte[] Ascii(string text) => Encoding.ASCII.GetBytes(text);
}
