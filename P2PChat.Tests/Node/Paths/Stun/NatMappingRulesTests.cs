using System.Net;
using P2PChat.Node.Model;
using P2PChat.Node.Paths.Stun;

namespace P2PChat.Tests.Node.Paths.Stun;

public sealed class NatMappingRulesTests
{
    private const string Local = "192.168.1.2:5000";
    private const string A = "198.51.100.7:40000";
    private const string B = "198.51.100.7:40001";

    [Theory]
    [InlineData(null, null, null, NatMapping.Unreachable)]
    [InlineData(Local, Local, null, NatMapping.None)]
    [InlineData(Local, null, null, NatMapping.None)]
    [InlineData(A, null, null, NatMapping.Unknown)]
    [InlineData(null, A, null, NatMapping.Unknown)]
    [InlineData(A, null, A, NatMapping.Unknown)]
    [InlineData(A, B, null, NatMapping.AddressAndPortDependent)]
    [InlineData(A, B, A, NatMapping.AddressAndPortDependent)]
    [InlineData(A, A, null, NatMapping.PortIndependent)]
    [InlineData(A, A, A, NatMapping.EndpointIndependent)]
    [InlineData(A, A, B, NatMapping.AddressDependent)]
    [InlineData(A, Local, null, NatMapping.AddressAndPortDependent)]
    public void Mapping_follows_from_the_public_addresses(
        string? first,
        string? second,
        string? other,
        NatMapping expected
    ) => Assert.Equal(expected, NatMappingRules.Derive(Parse(Local), Parse(first), Parse(second), Parse(other)));

    private static IPEndPoint? Parse(string? text) => text is null ? null : IPEndPoint.Parse(text);

    [Theory]
    [InlineData("172.18.0.1", "198.51.100.1", false)]
    [InlineData("127.0.0.1", "198.51.100.1", false)]
    [InlineData("fd00::1", "2001:db8::1", false)]
    [InlineData("203.0.113.1", "198.51.100.1", true)]
    [InlineData("203.0.113.1", "192.168.1.1", true)]
    [InlineData("192.168.1.7", "192.168.2.1", true)]
    [InlineData("10.0.0.7", "127.0.0.1", true)]
    [InlineData("0.0.0.0", "127.0.0.1", false)]
    public void Private_mapped_address_counts_only_from_a_private_server(string mapped, string server, bool expected) =>
        Assert.Equal(expected, NatMappingRules.IsUseful(IPAddress.Parse(mapped), IPAddress.Parse(server)));
}
