using System.Net;
using System.Net.Sockets;
using StackExchange.Redis;

namespace P2PChat.Discovery.Storage.Redis;

/// <summary>Keeps a key per replica, <c>p2pchat:replica:{id}</c>, with its address, a space, and its secret.</summary>
internal sealed class RedisReplicaRegistry(RedisConnection connection, IConfiguration configuration) : IReplicaRegistry
{
    public bool IsShared => true;

    public Task AddAsync(
        string replicaId,
        ReplicaAddress address,
        TimeSpan lifetime,
        CancellationToken cancellationToken
    ) =>
        connection.CallAsync(
            database => database.StringSetAsync(Key(replicaId), $"{address.Address} {address.Secret}", lifetime),
            cancellationToken
        );

    public Task RemoveAsync(string replicaId, CancellationToken cancellationToken) =>
        connection.CallAsync(database => database.KeyDeleteAsync(Key(replicaId)), cancellationToken);

    public async Task<ReplicaAddress?> FindAsync(string replicaId, CancellationToken cancellationToken) =>
        (
            (string?)await connection.CallAsync(database => database.StringGetAsync(Key(replicaId)), cancellationToken)
        )?.Split(' ')
            is [var address, { Length: > 0 } secret]
        && Uri.TryCreate(address, UriKind.Absolute, out var uri)
            ? new ReplicaAddress(uri, secret)
            : null;

    public async Task<IPAddress?> FindLocalAddressAsync(CancellationToken cancellationToken)
    {
        var redis = ConfigurationOptions
            .Parse(configuration.GetConnectionString(StorageSetup.RedisConnectionName) ?? "")
            .EndPoints.FirstOrDefault(endPoint => endPoint is DnsEndPoint or IPEndPoint);
        if (redis is null)
        {
            return null;
        }

        // Connecting a UDP socket chooses the route, and sends nothing.
        using var socket = new Socket(SocketType.Dgram, ProtocolType.Udp);
        try
        {
            await socket.ConnectAsync(redis, cancellationToken);
            var address = ((IPEndPoint)socket.LocalEndPoint!).Address;
            return address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        }
        catch (SocketException)
        {
            return null;
        }
    }

    private static RedisKey Key(string replicaId) => $"p2pchat:replica:{replicaId}";
}
