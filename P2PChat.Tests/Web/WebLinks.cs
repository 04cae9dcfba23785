using P2PChat.Peer.Cli;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Web;

/// <summary>Gets sign-in links of a peer in its own process, by <c>ctl … web</c>.</summary>
internal static class WebLinks
{
    public static async Task<Uri> OfAsync(string data)
    {
        Uri? link = null;
        await Eventually.True(
            async () =>
            {
                using var output = new StringWriter();
                using var errors = new StringWriter();
                return await ControlProgram.RunAsync(
                        new CommandLine.Control(null, data, "web"),
                        output,
                        errors,
                        CancellationToken.None
                    ) == 0
                    && Uri.TryCreate(output.ToString().Trim(), UriKind.Absolute, out link);
            },
            TimeSpan.FromSeconds(60),
            "the peer creates a link"
        );
        return link!;
    }
}
