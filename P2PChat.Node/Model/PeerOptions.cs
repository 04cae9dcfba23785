using System.ComponentModel.DataAnnotations;
using P2PChat.Protocol.Sessions;
using P2PChat.Protocol.Sessions.Conversations;

namespace P2PChat.Node.Model;

/// <summary>Which requests to connect are accepted without asking the user.</summary>
public enum AcceptMode
{
    /// <summary>Accepts contacts, and asks the user about everyone else.</summary>
    Ask,

    /// <summary>Accepts contacts, and rejects everyone else.</summary>
    Contacts,

    /// <summary>Accepts everyone.</summary>
    All,

    /// <summary>Rejects everyone.</summary>
    None,
}

/// <summary>Built-in bots that can answer in place of a user.</summary>
public enum BotKind
{
    None,

    /// <summary>Returns every message to its sender.</summary>
    Echo,
}

/// <summary>Configuration under <c>Peer:</c>. docs/configuration.md describes it for operators.</summary>
public sealed class PeerOptions
{
    public const string Section = "Peer";

    private volatile Uri? _inviteDirectory;

    /// <summary>Raised on any thread after <see cref="InviteDirectory"/> has changed.</summary>
    internal event Action? InviteDirectoryChanged;

    /// <summary>Username in the directory.</summary>
    [Required]
    public string Username { get; set; } = "";

    /// <summary>TCP port for other peers; 0 lets the system choose.</summary>
    [Range(0, 65535)]
    public int Port { get; set; }

    /// <summary>
    /// Base address of the directory. If it is not set, the program uses the directory in which the peer of this data
    /// directory last registered.
    /// </summary>
    [Required]
    public string Discovery { get; set; } = "http://localhost:5000";

    /// <summary>The directory's join token; null if it has none.</summary>
    public string? JoinToken { get; set; }

    /// <summary>
    /// The invite link by which this peer joins; null for none. A secret. A link that has been used here before is
    /// ignored.
    /// </summary>
    public string? InviteLink { get; set; }

    /// <summary>
    /// The directory's address as invites name it; null for <see cref="Discovery"/>. For a directory on this machine,
    /// which others reach at another address.
    /// </summary>
    public Uri? InviteDirectory
    {
        get => _inviteDirectory;
        set
        {
            if (_inviteDirectory != value)
            {
                _inviteDirectory = value;
                InviteDirectoryChanged?.Invoke();
            }
        }
    }

    /// <summary>Whether the directory runs on this machine for others, as by <c>p2pchat up</c>.</summary>
    public bool HostsDirectory { get; set; }

    /// <summary>
    /// Whether to listen on the loopback address only, so that only peers on this machine can connect to this one.
    /// </summary>
    public bool LocalOnly { get; set; }

    /// <summary>Whether to learn this peer's public address from the directory's STUN server.</summary>
    public bool Stun { get; set; } = true;

    /// <summary>Whether to connect through NATs and firewalls by a simultaneous open.</summary>
    public bool Punch { get; set; } = true;

    /// <summary>Whether to use the directory's relay where no other path works.</summary>
    public bool Relay { get; set; } = true;

    /// <summary>Whether to announce this peer on the local network, and to find contacts there.</summary>
    public bool Lan { get; set; }

    /// <summary>
    /// Whether to hide this peer's addresses from other peers, so that the port is closed and all links are relayed.
    /// Default of the user's setting <c>hide-address</c>.
    /// </summary>
    public bool HideAddress { get; set; }

    /// <summary>Data directory; null for the platform's convention, one per username.</summary>
    public string? Data { get; set; }

    /// <summary>
    /// Whether to accept a data directory that its group can write to. Set it only for a group without other users,
    /// such as the group of a Kubernetes volume with <c>fsGroup</c>.
    /// </summary>
    public bool GroupMayWrite { get; set; }

    /// <summary>
    /// TCP port of the local API, on loopback; null for the port in <c>ASPNETCORE_URLS</c>, or else one that the system
    /// chooses.
    /// </summary>
    [Range(0, 65535)]
    public int? Api { get; set; }

    /// <summary>
    /// <c>host:port</c> at which other peers reach this one; null for this machine's addresses and the port in use.
    /// </summary>
    public string? Advertise { get; set; }

    /// <summary>
    /// Where browsers reach the web page, behind a published port or a reverse proxy; null for the API's own address.
    /// Links contain it, and the page answers to its host name.
    /// </summary>
    public Uri? WebAddress { get; set; }

    public AcceptMode Accept { get; set; } = AcceptMode.Ask;

    /// <summary>Whether to run without reading standard input.</summary>
    public bool NoConsole { get; set; }

    /// <summary>
    /// Whether to show no colours. <c>NO_COLOR</c> in the environment has the same effect (no-color.org).
    /// </summary>
    public bool NoColor { get; set; }

    /// <summary>
    /// Whether to keep key and messages in memory, and to claim the username only while the peer runs.
    /// </summary>
    public bool Ephemeral { get; set; }

    public BotKind Bot { get; set; }

    /// <summary>Time from the first byte of TLS to the request.</summary>
    [Duration("00:00:00.010", "01:00:00")]
    public TimeSpan HandshakeTimeout { get; set; } = new HandshakeOptions().HandshakeTimeout;

    /// <summary>How long a request may stay unanswered.</summary>
    [Duration("00:00:00.010", "1.00:00:00")]
    public TimeSpan RequestTimeout { get; set; } = new HandshakeOptions().RequestTimeout;

    /// <summary>
    /// Time for one TCP connect. The default is less than the second after which a kernel sends the SYN again.
    /// </summary>
    [Duration("00:00:00.010", "01:00:00")]
    public TimeSpan DialTimeout { get; set; } = TimeSpan.FromSeconds(0.9);

    /// <summary>Delay between attempts at a peer's addresses (RFC 8305, section 5).</summary>
    [Duration("00:00:00.010", "01:00:00")]
    public TimeSpan DialAttemptDelay { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Time for all attempts of one dial together.</summary>
    [Duration("00:00:00.010", "01:00:00")]
    public TimeSpan DialTotalTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>Silence on a link before it is pinged.</summary>
    [Duration("00:00:00.010", "1.00:00:00")]
    public TimeSpan PingAfter { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Silence on a link after which it counts as dead.</summary>
    [Duration("00:00:00.010", "1.00:00:00")]
    public TimeSpan DeadAfter { get; set; } = TimeSpan.FromSeconds(45);

    /// <summary>
    /// Silence on a link after which it counts as dead while a message or a ping waits for its answer. Longer after
    /// much data, for slow lines.
    /// </summary>
    [Duration("00:00:00.010", "1.00:00:00")]
    public TimeSpan AnswerTimeout { get; set; } = TimeSpan.FromSeconds(6);

    /// <summary>
    /// How long a link may take to answer a probe, after another key has claimed its username or its local address has
    /// disappeared.
    /// </summary>
    [Duration("00:00:00.010", "01:00:00")]
    public TimeSpan ProbeTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a remote peer may leave written data unread.</summary>
    [Duration("00:00:00.010", "1.00:00:00")]
    public TimeSpan WriteTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Limit on open requests from other peers.</summary>
    [Range(1, 10_000)]
    public int MaxRequests { get; set; } = 32;

    /// <summary>Requests per minute that are shown to the user. The rest are answered as busy.</summary>
    [Range(1, 10_000)]
    public int RequestsPerMinute { get; set; } = 60;

    /// <summary>The same, per remote peer.</summary>
    [Range(1, 10_000)]
    public int RequestsPerMinutePerPeer { get; set; } = 3;

    /// <summary>Limit on authenticated links.</summary>
    [Range(1, 100_000)]
    public int MaxLinks { get; set; } = 1024;

    /// <summary>Limit on connections that have not authenticated yet.</summary>
    [Range(1, 100_000)]
    public int MaxUnauthenticated { get; set; } = 256;

    /// <summary>The same, per address (IPv6: per /64).</summary>
    [Range(1, 100_000)]
    public int MaxUnauthenticatedPerAddress { get; set; } = 16;

    /// <summary>
    /// Handshakes that one address (IPv6: /64) may start at once. A whole office may share one address. An IPv6 /48 may
    /// start four times as many.
    /// </summary>
    [Range(1, 1_000_000)]
    public int HandshakeBurstPerAddress { get; set; } = 500;

    /// <summary>The sustained rate, in handshakes per second.</summary>
    [Range(1, 1_000_000)]
    public int HandshakesPerSecondPerAddress { get; set; } = 20;

    /// <summary>
    /// Calls per second with the API token, from all callers together, and separately requests per second of signed-in
    /// browsers. Bursts may be twice as large.
    /// </summary>
    [Range(1, 1_000_000)]
    public int ApiCallsPerSecond { get; set; } = 2000;

    /// <summary>
    /// Requests per second for the page without a session or a sign-in link. Bursts may be twice as large.
    /// </summary>
    [Range(1, 1_000_000)]
    public int UnknownCallsPerSecond { get; set; } = 200;

    /// <summary>Limit on open event streams of the local API.</summary>
    [Range(1, 10_000)]
    public int ApiStreams { get; set; } = 32;

    /// <summary>Silence on an event stream of the local API before a heartbeat.</summary>
    [Duration("00:00:00.010", "01:00:00")]
    public TimeSpan ApiHeartbeat { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a sign-in link is valid.</summary>
    [Duration("00:00:00.001", "1.00:00:00")]
    public TimeSpan SignInLinkLifetime { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a browser stays signed in; at most 49 days, the longest time of a timer.</summary>
    [Duration("00:00:00.001", "49.00:00:00")]
    public TimeSpan BrowserSessionLifetime { get; set; } = TimeSpan.FromDays(30);

    /// <summary>Whether to tell others what the user has read.</summary>
    public bool ReadReceipts { get; set; } = true;

    /// <summary>How long a message waits for its recipient.</summary>
    [Duration("00:00:00.100", "3650.00:00:00")]
    public TimeSpan MessageExpiry { get; set; } = new ConversationOptions().Expiry;

    /// <summary>
    /// Folder for received files; null for <c>downloads</c> in the data directory. An ephemeral peer receives files
    /// only if it is set.
    /// </summary>
    public string? Downloads { get; set; }

    /// <summary>Limit on the files from one contact in the download folder, in bytes.</summary>
    [Range(0, long.MaxValue)]
    public long FilesPerContact { get; set; } = 10L * 1024 * 1024 * 1024;

    /// <summary>Limit on all received files in the download folder, in bytes.</summary>
    [Range(0, long.MaxValue)]
    public long FilesInTotal { get; set; } = 50L * 1024 * 1024 * 1024;

    /// <summary>
    /// Limit on the copies of uploaded files that this peer keeps to send them, in bytes. Files that are offered by
    /// their path are not copied.
    /// </summary>
    [Range(0, long.MaxValue)]
    public long UploadsInTotal { get; set; } = 10L * 1024 * 1024 * 1024;

    /// <summary>Whether to reconnect to contacts automatically.</summary>
    public bool Reconnect { get; set; } = true;

    /// <summary>Delay before the second attempt. It doubles with each attempt.</summary>
    [Duration("00:00:00.010", "1.00:00:00")]
    public TimeSpan ReconnectAfter { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Longest delay between two attempts.</summary>
    [Duration("00:00:00.010", "1.00:00:00")]
    public TimeSpan ReconnectAtMost { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// How long to wait for a link before messages go to the recipient's mailbox. There is no wait if the directory
    /// says that the recipient is offline.
    /// </summary>
    [Duration("00:00:00", "1.00:00:00")]
    public TimeSpan DepositAfter { get; set; } = TimeSpan.FromSeconds(5);
}
