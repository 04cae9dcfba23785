namespace P2PChat.Tests.Infrastructure;

/// <summary>Finds files of the repository that tests read or run in place.</summary>
internal static class RepositoryFile
{
    /// <param name="file">Relative to the repository's root.</param>
    /// <exception cref="FileNotFoundException">The tests do not run inside a checkout.</exception>
    public static string PathOf(string file)
    {
        for (
            var directory = AppContext.BaseDirectory;
            directory is not null;
            directory = Path.GetDirectoryName(directory)
        )
        {
            var path = Path.Combine(directory, file);
            if (File.Exists(path))
            {
                return path;
            }
        }

        throw new FileNotFoundException($"{file} is not above the tests.");
    }
}
