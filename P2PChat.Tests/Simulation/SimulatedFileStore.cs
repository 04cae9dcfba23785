using System.Security.Cryptography;
using P2PChat.Node.DirectoryClient;

namespace P2PChat.Tests.Simulation;

/// <summary>
/// The files that wait at the simulated directory for one receiver. They stay until they are deleted, expire after 14
/// days, or go with the claim.
/// </summary>
internal sealed class SimulatedFileStore
{
    public const int Quota = 3;

    public static readonly TimeSpan Kept = TimeSpan.FromDays(14);

    private readonly Dictionary<string, (byte[] Content, DateTimeOffset Until)> _files = [];

    public IReadOnlyCollection<string> Places => _files.Keys;

    /// <summary>The capability of the receiver's mailbox. It changes with the claim.</summary>
    public byte[] Capability { get; private set; } = RandomNumberGenerator.GetBytes(32);

    public bool IsOff { get; set; }

    public bool IsFull { get; set; }

    /// <summary>For a deliberate fault.</summary>
    public bool KeepsFiles { get; set; }

    public DateTimeOffset Upload(string place, byte[] capability, byte[] content, DateTimeOffset now)
    {
        Require(!IsOff, DirectoryFailure.FilesNotStored);
        Require(capability.AsSpan().SequenceEqual(Capability), DirectoryFailure.CapabilityUnknown);
        if (_files.TryGetValue(place, out var stored))
        {
            return stored.Until;
        }

        Require(!IsFull, DirectoryFailure.FileStoreFull);
        Require(_files.Count < Quota, DirectoryFailure.MailboxFull);
        _files.Add(place, (content, now + Kept));
        return now + Kept;
    }

    public byte[] Download(string place)
    {
        Require(_files.ContainsKey(place), DirectoryFailure.UnknownFile);
        return [.. _files[place].Content];
    }

    public void Delete(string place)
    {
        if (!KeepsFiles)
        {
            _ = _files.Remove(place);
        }
    }

    /// <summary>An unknown capability withdraws nothing.</summary>
    public void Withdraw(string place, byte[] capability)
    {
        if (capability.AsSpan().SequenceEqual(Capability))
        {
            Delete(place);
        }
    }

    public void Expire(DateTimeOffset now)
    {
        foreach (var (place, _) in _files.Where(file => file.Value.Until <= now).ToList())
        {
            _ = _files.Remove(place);
        }
    }

    /// <summary>Changes one byte of a file.</summary>
    public void Damage(string place, int number)
    {
        if (_files[place].Content is { Length: > 0 } content)
        {
            content[number % content.Length] ^= 1;
        }
    }

    /// <summary>The receiver's name is claimed anew, or the directory has lost its disk.</summary>
    public void LoseClaim()
    {
        _files.Clear();
        Capability = RandomNumberGenerator.GetBytes(32);
    }

    private static void Require(bool condition, DirectoryFailure failure)
    {
        if (!condition)
        {
            throw new DirectoryException(failure, $"{failure}");
        }
    }
}
