using System.Net;

namespace P2PChat.Node.Lan;

/// <summary>Types of resource records (RFC 1035, section 3.2.2; RFC 3596; RFC 2782).</summary>
internal enum DnsType : ushort
{
    A = 1,
    Ptr = 12,
    Txt = 16,
    Aaaa = 28,
    Srv = 33,

    /// <summary>In questions only.</summary>
    Any = 255,
}

/// <summary>A message of multicast DNS (RFC 6762, section 18).</summary>
/// <param name="Id">0, except in questions of simple resolvers and the answers to them.</param>
/// <param name="Answers">
/// The records of all three sections. In a query they are the answers that the sender already has.
/// </param>
internal sealed record DnsMessage(
    ushort Id,
    bool IsResponse,
    IReadOnlyList<DnsQuestion> Questions,
    IReadOnlyList<DnsRecord> Answers
);

/// <param name="Name">In lower case, without the dot at the end.</param>
/// <param name="WantsUnicast">The QU bit (RFC 6762, section 5.4).</param>
internal sealed record DnsQuestion(string Name, DnsType Type, bool WantsUnicast = false);

/// <param name="Name">In lower case, without the dot at the end.</param>
/// <param name="Ttl">0 says goodbye (RFC 6762, section 10.1).</param>
internal sealed record DnsRecord(string Name, TimeSpan Ttl, DnsData Data);

/// <summary>The data of a record. Records of other types are not kept.</summary>
internal abstract record DnsData
{
    private DnsData() { }

    public abstract DnsType Type { get; }

    public sealed record Ptr(string Target) : DnsData
    {
        public override DnsType Type => DnsType.Ptr;
    }

    public sealed record Srv(int Port, string Target) : DnsData
    {
        public override DnsType Type => DnsType.Srv;
    }

    /// <param name="Text">Strings such as <c>v=1</c>, with a newline between two.</param>
    public sealed record Txt(string Text) : DnsData
    {
        public override DnsType Type => DnsType.Txt;
    }

    public sealed record Host(IPAddress Address) : DnsData
    {
        public override DnsType Type =>
            Address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork ? DnsType.A : DnsType.Aaaa;
    }
}
