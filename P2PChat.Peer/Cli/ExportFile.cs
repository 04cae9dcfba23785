namespace P2PChat.Peer.Cli;

/// <summary>A new file that only the user can read. Knows whether an export failed because of it.</summary>
internal sealed class ExportFile(string path) : FileStream(path, NewFile())
{
    public bool HasFailed { get; private set; }

    // The other overload calls this one.
    public override async Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        try
        {
#pragma warning disable CA1835 // The overload that it recommends calls this method.
            await base.WriteAsync(buffer, offset, count, cancellationToken);
#pragma warning restore CA1835
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            HasFailed = true;
            throw;
        }
    }

    private static FileStreamOptions NewFile()
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return options;
    }
}
