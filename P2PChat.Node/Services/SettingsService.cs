using P2PChat.Node.Model;
using P2PChat.Node.Storage;

namespace P2PChat.Node.Services;

/// <summary>Lists and changes the settings. Thread-safe.</summary>
public sealed class SettingsService
{
    private readonly Preferences _preferences;

    internal SettingsService(Preferences preferences) => _preferences = preferences;

    /// <summary>Raised on any thread after a setting has changed.</summary>
    public event Action? Changed
    {
        add => _preferences.Changed += value;
        remove => _preferences.Changed -= value;
    }

    public IReadOnlyList<Setting> All => _preferences.All;

    /// <summary>Changes a setting at once. Returns when it is saved.</summary>
    /// <param name="value">Null for the value that the peer was started with.</param>
    /// <exception cref="PeerException">
    /// The setting or the value is unknown, or the change could not be saved.
    /// </exception>
    public void Set(string name, string? value) => Saving.Apply(() => _preferences.Choose(name, value));
}
