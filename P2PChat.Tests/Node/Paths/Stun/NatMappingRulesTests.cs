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
}
