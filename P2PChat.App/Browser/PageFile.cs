using System.Net;
using System.Text;

namespace P2PChat.App.Browser;

/// <summary>
/// A file in the data directory that sends a browser to a sign-in link. The command line of the browser, which other
/// users of the machine can see, then contains no secret.
/// </summary>
internal static class PageFile
{
    public const string Name = "open-page.html";

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Writes the file, readable by its owner only.</summary>
    /// <param name="link">A sign-in link, which is a secret.</param>
    /// <returns>The file's path.</returns>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not write the file.</exception>
    public static string Write(string dataDirectory, Uri link)
    {
        var file = Path.Combine(dataDirectory, Name);
        var written = file + ".new";
        // Never open an existing file, which may have other rights.
        File.Delete(written);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        using (var writer = new StreamWriter(written, new UTF8Encoding(false), options))
        {
            writer.Write(Text(link));
        }

        File.Move(written, file, overwrite: true);
        return file;
    }

    /// <summary>Deletes the file if it exists.</summary>
    public static void Delete(string dataDirectory)
    {
        try
        {
            File.Delete(Path.Combine(dataDirectory, Name));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Its link expires within a minute.
        }
    }

    // Without a script, and without a referrer, which would be the path of this file.
    private static string Text(Uri link)
    {
        var address = WebUtility.HtmlEncode(link.AbsoluteUri);
        return $"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="referrer" content="no-referrer">
            <meta http-equiv="refresh" content="0;url={address}">
            <title>P2PChat</title>
            </head>
            <body><p>Opening your page ... <a href="{address}">Continue</a> if nothing happens.</p></body>
            </html>

            """;
    }
}
