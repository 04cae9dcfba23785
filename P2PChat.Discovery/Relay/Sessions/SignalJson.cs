using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using P2PChat.Protocol.DirectoryApi;

namespace P2PChat.Discovery.Relay.Sessions;

/// <summary>
/// Serializes signals. A <c>+</c> of base64 takes one byte instead of six, so that every signal fits into
/// <see cref="Storage.ISignalBus.MaxBytes"/>.
/// </summary>
internal static class SignalJson
{
    private static readonly DirectoryJson Json = new(
        new JsonSerializerOptions(DirectoryJson.Default.Options)
        {
            // An event stream is not HTML.
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        }
    );

    public static byte[] Serialize(SessionSignal signal) => Serialize(signal, Json.SessionSignal);

    public static byte[] Serialize(PathSignal signal) => Serialize(signal, Json.PathSignal);

    private static byte[] Serialize<T>(T signal, JsonTypeInfo<T> type) =>
        JsonSerializer.SerializeToUtf8Bytes(signal, type);
}
