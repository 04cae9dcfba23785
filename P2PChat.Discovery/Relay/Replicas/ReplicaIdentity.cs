using System.Buffers.Text;
using System.Security.Cryptography;
using P2PChat.Discovery.Http;

namespace P2PChat.Discovery.Relay.Replicas;

/// <summary>The secret with which the other replicas show this one that a call comes from them.</summary>
internal sealed class ReplicaIdentity
{
    private readonly SharedSecret _shared;

    public ReplicaIdentity()
    {
        Secret = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        _shared = new SharedSecret(Secret);
    }

    public string Secret { get; }

    public bool Matches(string candidate) => _shared.Matches(candidate);
}
