using System.ComponentModel.DataAnnotations;
using P2PChat.Protocol.Sessions;
using P2PChat.Protocol.Sessions.Conversations;

namespace P2PChat.Node.Model;

/// <summary>Who may connect without being asked for.</summary>
public enum AcceptMode
{
    /// <summary>Whom we know is accepted; the person is asked about everybody else.</summary>
    Ask,

    /// <summary>Whom we know is accepted, everybody else rejected.</summary>
    Contacts,

    /// <summary>Everybody is accepted.</summary>
    All,

    /// <summary>Everybody is rejected.</summary>
    None,
}

/// <summary>Bots that a peer can be.</summary>
public enum BotKind
{
    None,

    /// <summary>Sends back what it is sent.</summary>
    Echo,
}

/// <summary>Configuration under <c>Peer:</c>; the command line's options have the same names.</summary>
public sealed class PeerOptions
{
    public const string Section = "Peer";

    /// <summary>The name in the directory.</summary>
    [Required]
    public string Username { get; set; } = "";

    /// <summary>TCP port for other peers; 0 lets the system choose.</summary>
    [Range(0, 65535)]
    public int Port { get; set; }

    /// <summary>The directory's base address.</summary>
    [Required]
    public string Discovery { get; set; } = "http://localhost:5000";

    /// <summary>The directory's join token, if it has one.</summary>
    public string? JoinToken { get; set; }

    /// <summary>The data directory; null for the platform's convention, one for each username.</summary>
    public string? Data { get; set; }

    /// <summary>
    /// Whether to accept a data directory that its group can write to. Set it only for a group without other users,
    /// such as the one that Kubernetes gives a volume (fsGroup).
    /// </summary>
    public bool GroupMayWrite { get; set; }

    /// <summary>TCP port of the local API, on loopback; null for what ASPNETCORE_URLS says, else one that the system chooses.</summary>
    [Range(0, 65535)]
    public int? Api { get; set; }

    /// <summary><c>host:port</c> under which others reach this peer; null for this machine's address and the port in use.</summary>
    public string? Advertise { get; set; }

    /// <summary>
    /// Where browsers reach the page, if not at the API's own port: behind a published port of a container, or a reverse
    /// proxy. Links name it, and the page answers to it.
    /// </summary>
    public Uri? WebAddress { get; set; }

    public AcceptMode Accept { get; set; } = AcceptMode.Ask;

    /// <summary>Run without reading standard input.</summary>
    public bool NoConsole { get; set; }

    /// <summary>Show no colours; nor does a peer with <c>NO_COLOR</c> in its environment (no-color.org).</summary>
    public bool NoColor { get; set; }

    /// <summary>Claim the name for as long as the peer runs only, with a key that is kept in memory.</summary>
    public bool Ephemeral { get; set; }

    public BotKind Bot { get; set; }

    /// <summary>From the first byte of TLS to the request.</summary>
    [Duration("00:00:00.010", "01:00:00")]
    public TimeSpan HandshakeTimeout { get; set; } = new HandshakeOptions().HandshakeTimeout;

    /// <summary>How long a request may stay unanswered.</summary>
    [Duration("00:00:00.010", "1.00:00:00")]
    public TimeSpan RequestTimeout { get; set; } = new HandshakeOptions().RequestTimeout;

    /// <summary>Time for one TCP connect.</summary>
    [Duration("00:00:00.010", "01:00:00")]
    public TimeSpan DialTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Delay between the attempts at a peer's addresses (RFC 8305, section 5).</summary>
    [Duration("00:00:00.010", "01:00:00")]
    public TimeSpan DialAttemptDelay { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Time for all attempts of one dial together.</summary>
    [Duration("00:00:00.010", "01:00:00")]
    public TimeSpan DialTotalTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>Silence on a link after which it is asked whether it lives.</summary>
    [Duration("00:00:00.010", "1.00:00:00")]
    public TimeSpan PingAfter { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Silence on a link after which it counts as dead.</summary>
    [Duration("00:00:00.010", "1.00:00:00")]
    public TimeSpan DeadAfter { get; set; } = TimeSpan.FromSeconds(45);

    /// <summary>How long a link may take to answer a probe, after another key claimed its name or its address was lost.</summary>
    [Duration("00:00:00.010", "01:00:00")]
    public TimeSpan ProbeTimeout { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>How long another peer may leave what was written to it unread.</summary>
    [Duration("00:00:00.010", "1.00:00:00")]
    public TimeSpan WriteTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Open requests of other peers.</summary>
    [Range(1, 10_000)]
    public int MaxRequests { get; set; } = 32;

    /// <summary>Requests of other peers that the person hears of in a minute; further ones are answered as busy.</summary>
    [Range(1, 10_000)]
    public int RequestsPerMinute { get; set; } = 60;

    /// <summary>The same, of one other peer.</summary>
    [Range(1, 10_000)]
    public int RequestsPerMinutePerPeer { get; set; } = 3;

    /// <summary>Links that have shown who they are.</summary>
    [Range(1, 100_000)]
    public int MaxLinks { get; set; } = 1024;

    /// <summary>Sockets in all that have not shown who they are.</summary>
    [Range(1, 100_000)]
    public int MaxUnauthenticated { get; set; } = 256;

    /// <summary>The same, from one address (IPv6: one /64).</summary>
    [Range(1, 100_000)]
    public int MaxUnauthenticatedPerAddress { get; set; } = 16;

    /// <summary>
    /// Handshakes that one address (IPv6: one /64) may begin at once. A whole office may share one address. An IPv6 /48 may
    /// begin four times as many.
    /// </summary>
    [Range(1, 1_000_000)]
    public int HandshakeBurstPerAddress { get; set; } = 500;

    /// <summary>The same, per second in the long run.</summary>
    [Range(1, 1_000_000)]
    public int HandshakesPerSecondPerAddress { get; set; } = 20;

    /// <summary>
    /// Calls per second with the API's token, from all callers together, and separately requests per second of signed-in
    /// browsers. Bursts may be twice as large.
    /// </summary>
    [Range(1, 1_000_000)]
    public int ApiCallsPerSecond { get; set; } = 2000;

    /// <summary>Requests per second for the page without a session or sign-in link. Bursts may be twice as large.</summary>
    [Range(1, 1_000_000)]
    public int UnknownCallsPerSecond { get; set; } = 200;

    /// <summary>Event streams of the local API at one time.</summary>
    [Range(1, 10_000)]
    public int ApiStreams { get; set; } = 32;

    /// <summary>Silence on an event stream of the local API after which it shows that it lives.</summary>
    [Duration("00:00:00.010", "01:00:00")]
    public TimeSpan ApiHeartbeat { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a link that signs a browser in may wait to be opened.</summary>
    [Duration("00:00:00.001", "1.00:00:00")]
    public TimeSpan SignInLinkLifetime { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a browser stays signed in; at most 49 days, the longest time of a timer.</summary>
    [Duration("00:00:00.001", "49.00:00:00")]
    public TimeSpan BrowserSessionLifetime { get; set; } = TimeSpan.FromDays(30);

    /// <summary>Whether the others are told what this person has read.</summary>
    public bool ReadReceipts { get; set; } = true;

    /// <summary>How long a message may wait for the other peer before it is given up.</summary>
    [Duration("00:00:00.100", "3650.00:00:00")]
    public TimeSpan MessageExpiry { get; set; } = new ConversationOptions().Expiry;

    /// <summary>Whether this peer connects again by itself to those who have been accepted.</summary>
    public bool Reconnect { get; set; } = true;

    /// <summary>How long it waits before the second attempt; each further one waits twice as long.</summary>
    [Duration("00:00:00.010", "1.00:00:00")]
    public TimeSpan ReconnectAfter { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest that it waits between two attempts.</summary>
    [Duration("00:00:00.010", "1.00:00:00")]
    public TimeSpan ReconnectAtMost { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// How long a link is waited for before messages are left in the other peer's mailbox; one that the directory says is
    /// offline is not waited for.
    /// </summary>
    [Duration("00:00:00", "1.00:00:00")]
    public TimeSpan DepositAfter { get; set; } = TimeSpan.FromSeconds(5);
}
