using System.Net;
using P2PChat.Node.Model;
using P2PChat.Node.Paths;
using P2PChat.Protocol.Records;

namespace P2PChat.Tests.Node.Paths;

public sealed class CandidateRulesTests
{
    private static readonly CandidateContext Home = new()
    {
        LocalNetworks = [IPNetwork.Parse("192.168.1.0/24"), IPNetwork.Parse("2001:db8:1::/64")],
        OwnEndPoints = [IPEndPoint.Parse("192.168.1.2:8001")],
        OwnPublicAddresses = [IPAddress.Parse("203.0.113.1")],
        Directory = IPAddress.Parse("198.51.100.1"),
        Observed = IPAddress.Parse("203.0.113.2"),
    };

    [Theory]
    // Ports and addresses that are never dialled.
    [InlineData("203.0.113.2:8001", null)]
    [InlineData("203.0.113.2:443", null)]
    [InlineData("203.0.113.2:1024", null)]
    [InlineData("203.0.113.2:1023", PathOutcome.ForbiddenPort)]
    [InlineData("203.0.113.2:22", PathOutcome.ForbiddenPort)]
    [InlineData("192.168.1.2:8001", PathOutcome.NotRoutable)]
    [InlineData("127.0.0.1:8001", PathOutcome.NotRoutable)]
    [InlineData("[::1]:8001", PathOutcome.NotRoutable)]
    [InlineData("0.0.0.0:8001", PathOutcome.NotRoutable)]
    [InlineData("[::]:8001", PathOutcome.NotRoutable)]
    [InlineData("169.254.169.254:8001", PathOutcome.NotRoutable)]
    [InlineData("[fe80::1]:8001", PathOutcome.NotRoutable)]
    [InlineData("224.0.0.251:8001", PathOutcome.NotRoutable)]
    [InlineData("255.255.255.255:8001", PathOutcome.NotRoutable)]
    [InlineData("[ff02::fb]:8001", PathOutcome.NotRoutable)]
    // IPv6 addresses that a translator or tunnel turns into special IPv4 addresses.
    [InlineData("[::ffff:127.0.0.1]:8001", PathOutcome.NotRoutable)]
    [InlineData("[64:ff9b::a00:1]:8001", PathOutcome.NotRoutable)]
    [InlineData("[64:ff9b::cb00:7102]:8001", null)]
    [InlineData("[2002:a00:1::1]:8001", PathOutcome.NotRoutable)]
    [InlineData("[::127.0.0.1]:8001", PathOutcome.NotRoutable)]
    // Private addresses.
    [InlineData("192.168.1.3:8001", null)]
    [InlineData("192.168.2.3:8001", PathOutcome.NotOnThisNetwork)]
    [InlineData("10.0.0.1:8001", PathOutcome.NotOnThisNetwork)]
    [InlineData("172.31.0.1:8001", PathOutcome.NotOnThisNetwork)]
    [InlineData("100.64.0.1:8001", PathOutcome.NotOnThisNetwork)]
    [InlineData("[fd00::1]:8001", PathOutcome.NotOnThisNetwork)]
    [InlineData("[2001:db8:1::7]:8001", null)]
    public void Contact_address_is_allowed_as_the_table_says(string endPoint, PathOutcome? expected) =>
        Assert.Equal(expected, Check(Home with { IsContact = true }, endPoint).Refusal);

    [Fact]
    public void Private_address_is_allowed_if_both_peers_share_a_network()
    {
        const string Other = "10.0.0.1:8001";
        Assert.Equal(PathOutcome.NotOnThisNetwork, Check(Home, Other).Refusal);
        Assert.Null(Check(Home with { Directory = IPAddress.Parse("192.168.7.7") }, Other).Refusal);
        Assert.Null(Check(Home with { Observed = IPAddress.Parse("::ffff:203.0.113.1") }, Other).Refusal);
        Assert.Null(Check(Home with { LocalNetworks = [IPNetwork.Parse("10.0.0.0/8")] }, Other).Refusal);

        // An overlay network routes its whole block to an interface with a single address.
        var overlay = Home with { LocalNetworks = [IPNetwork.Parse("100.101.0.1/32")] };
        Assert.Null(Check(overlay, "100.64.0.1:8001").Refusal);

        // The record of a stranger cannot claim the same NAT, and that of a contact can.
        var reflexive = VirtualWorld.EndpointOf(IPEndPoint.Parse("203.0.113.1:8001"), CandidateKind.Reflexive);
        Assert.NotNull(Check(Home, Other, reflexive).Refusal);
        Assert.Null(Check(Home with { IsContact = true }, Other, reflexive).Refusal);
    }

    [Theory]
    [InlineData("172.18.0.1", PathOutcome.NotOnThisNetwork)]
    [InlineData("127.0.0.1", PathOutcome.NotOnThisNetwork)]
    [InlineData("100.64.0.7", PathOutcome.NotOnThisNetwork)]
    [InlineData("203.0.113.1", null)]
    public void Same_NAT_requires_the_same_public_address(string seen, PathOutcome? expected)
    {
        // A directory behind a proxy sees both peers at the proxy's address.
        var address = IPAddress.Parse(seen);
        var stranger = Home with { OwnPublicAddresses = [address], Observed = address, IsOwnInitiative = false };
        Assert.Equal(expected, Check(stranger, "192.168.1.1:8080").Refusal);

        var contact = stranger with { Observed = null, IsContact = true };
        var reflexive = VirtualWorld.EndpointOf(new IPEndPoint(address, 8001), CandidateKind.Reflexive);
        Assert.Equal(expected, Check(contact, "10.0.0.1:8080", reflexive).Refusal);
    }

    [Fact]
    public void Loopback_is_allowed_with_a_directory_on_loopback()
    {
        Assert.Null(Check(Home with { Directory = IPAddress.Loopback }, "127.0.0.1:8001").Refusal);
        Assert.Null(Check(Home with { Directory = IPAddress.IPv6Loopback }, "127.0.0.1:8001").Refusal);
        Assert.NotNull(Check(Home with { Directory = IPAddress.Parse("10.0.0.1") }, "127.0.0.1:8001").Refusal);
        Assert.NotNull(Check(Home with { Directory = null }, "127.0.0.1:8001").Refusal);
    }

    [Fact]
    public void Stranger_address_unseen_by_the_directory_is_limited_or_refused()
    {
        Assert.Equal(default, Check(Home, "203.0.113.2:8001"));
        Assert.Equal(default, Check(Home, "203.0.113.2:8001", CandidateKind.Reflexive));
        Assert.Equal(new CandidateVerdict(null, IsLimited: true), Check(Home, "203.0.113.3:8001"));
        Assert.Equal(PathOutcome.NotConfirmed, Check(Home, "203.0.113.3:8001", CandidateKind.Reflexive).Refusal);

        // At the callee a stranger has chosen the moment.
        var callee = Home with { IsOwnInitiative = false };
        Assert.Equal(PathOutcome.NotConfirmed, Check(callee, "203.0.113.3:8001").Refusal);
        Assert.Equal(PathOutcome.NotOnThisNetwork, Check(callee, "192.168.1.3:8001").Refusal);
        Assert.Equal(default, Check(callee, "203.0.113.2:8001"));

        // A machine has many addresses in its IPv6 network.
        var v6 = Home with { Observed = IPAddress.Parse("2001:db8:2::1") };
        Assert.Equal(default, Check(v6, "[2001:db8:2::2]:8001"));
        Assert.True(Check(v6, "[2001:db8:3::1]:8001").IsLimited);
        Assert.True(Check(Home with { Observed = null }, "203.0.113.2:8001").IsLimited);
    }

    [Fact]
    public void LAN_address_must_be_on_link()
    {
        var rules = new CandidateRules(Home, []);
        Assert.Null(rules.CheckLan(IPEndPoint.Parse("192.168.1.3:8001")).Refusal);
        Assert.Null(rules.CheckLan(IPEndPoint.Parse("[fe80::1%2]:8001")).Refusal);
        Assert.Equal(PathOutcome.NotOnThisNetwork, rules.CheckLan(IPEndPoint.Parse("203.0.113.2:8001")).Refusal);
        Assert.Equal(PathOutcome.NotOnThisNetwork, rules.CheckLan(IPEndPoint.Parse("10.0.0.1:8001")).Refusal);
        Assert.Equal(PathOutcome.NotRoutable, rules.CheckLan(IPEndPoint.Parse("127.0.0.1:8001")).Refusal);
        Assert.Equal(PathOutcome.NotRoutable, rules.CheckLan(IPEndPoint.Parse("192.168.1.2:8001")).Refusal);
        Assert.Equal(PathOutcome.ForbiddenPort, rules.CheckLan(IPEndPoint.Parse("192.168.1.3:22")).Refusal);
    }

    private static CandidateVerdict Check(CandidateContext context, string endPoint, params Endpoint[] endpoints) =>
        new CandidateRules(context, endpoints).Check(Unmapped(endPoint), CandidateKind.Unspecified);

    private static CandidateVerdict Check(CandidateContext context, string endPoint, CandidateKind kind) =>
        new CandidateRules(context, []).Check(Unmapped(endPoint), kind);

    private static IPEndPoint Unmapped(string endPoint)
    {
        var parsed = IPEndPoint.Parse(endPoint);
        return parsed.Address.IsIPv4MappedToIPv6 ? new IPEndPoint(parsed.Address.MapToIPv4(), parsed.Port) : parsed;
    }
}
