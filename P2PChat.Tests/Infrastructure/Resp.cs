using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace P2PChat.Tests.Infrastructure;

/// <summary>
/// Sends commands to a Redis on loopback in plain RESP, so that tests need neither a client library nor redis-cli.
/// </summary>
public static class Resp
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Sends a command on a new connection. An array is returned as one element per line.</summary>
    /// <exception cref="InvalidOperationException">Redis answered with an error.</exception>
    /// <exception cref="SocketException">Nothing listens on the port.</exception>
    public static Task<string> SendAsync(int port, params string[] command) => SendAllAsync(port, command);

    /// <summary>Sends several commands on one connection and returns the last reply.</summary>
    /// <inheritdoc cref="SendAsync"/>
    public static async Task<string> SendAllAsync(int port, params string[][] commands)
    {
        using var patience = new CancellationTokenSource(Patience);
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", port, patience.Token);
        var stream = client.GetStream();
        using var reader = new StreamReader(stream, Encoding.Latin1);

        var reply = "";
        foreach (var command in commands)
        {
            await stream.WriteAsync(Encode(command), patience.Token);
            reply = await ReadReplyAsync(reader, patience.Token);
        }

        return reply;
    }

    // *2\r\n$4\r\nECHO\r\n$2\r\nhi\r\n
    private static byte[] Encode(string[] command)
    {
        var request = new StringBuilder().Append(CultureInfo.InvariantCulture, $"*{command.Length}\r\n");
        foreach (var word in command)
        {
            request.Append(CultureInfo.InvariantCulture, $"${Encoding.UTF8.GetByteCount(word)}\r\n{word}\r\n");
        }

        return Encoding.UTF8.GetBytes(request.ToString());
    }

    private static async Task<string> ReadReplyAsync(StreamReader reader, CancellationToken cancellationToken)
    {
        var line = await reader.ReadLineAsync(cancellationToken)
            ?? throw new IOException("Redis closed the connection before it answered.");
        var rest = line[1..];
        switch (line[0])
        {
            case '+' or ':':
                return rest;
            case '-':
                throw new InvalidOperationException($"Redis said: {rest}");
            case '$':
                return await ReadBulkAsync(reader, int.Parse(rest, CultureInfo.InvariantCulture), cancellationToken);
            case '*':
                var elements = new List<string>();
                for (var left = int.Parse(rest, CultureInfo.InvariantCulture); left > 0; left--)
                {
                    elements.Add(await ReadReplyAsync(reader, cancellationToken));
                }

                return string.Join('\n', elements);
            default:
                throw new IOException($"Not a RESP reply: {line}");
        }
    }

    private static async Task<string> ReadBulkAsync(
        StreamReader reader,
        int length,
        CancellationToken cancellationToken
    )
    {
        if (length < 0)
        {
            return "";
        }
        // Latin-1 maps each byte to one character, so that lengths match Redis's.
        var withLineEnd = new char[length + 2];
        if (await reader.ReadBlockAsync(withLineEnd, cancellationToken) < withLineEnd.Length)
        {
            throw new IOException("Redis closed the connection within its answer.");
        }

        return Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(withLineEnd, 0, length));
    }
}
