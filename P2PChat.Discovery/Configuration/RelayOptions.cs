namespace P2PChat.Discovery.Configuration;

/// <summary>The configuration section <c>Directory:Relay</c>.</summary>
public sealed class RelayOptions
{
    /// <summary>Whether the directory relays between peers that cannot connect directly.</summary>
    public bool Enabled { get; set; } = true;
}
