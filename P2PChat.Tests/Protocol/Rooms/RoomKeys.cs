using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using P2PChat.Protocol.Identity;

namespace P2PChat.Tests.Protocol.Rooms;

/// <summary>Identity keys that are the same in each run, so that event ids are.</summary>
internal static class RoomKeys
{
    private static readonly ConcurrentDictionary<int, ECDsa> Keys = [];

    public static ECDsa Of(int number) => Keys.GetOrAdd(number, static number =>
        {
            var secret = SHA256.HashData(Encoding.ASCII.GetBytes($"P2PChat test key {number}"));
            return ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, D = secret });
        });

    public static PeerId IdOf(int number) => PeerId.FromPublicKey(Of(number).ExportSubjectPublicKeyInfo());
}
