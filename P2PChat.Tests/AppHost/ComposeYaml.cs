using P2PChat.Tests.Infrastructure;
using YamlDotNet.RepresentationModel;

namespace P2PChat.Tests.AppHost;

/// <summary>A compose file of deploy/, as YAML.</summary>
internal sealed class ComposeYaml
{
    private ComposeYaml(YamlNode root)
    {
        Root = new ComposeNode("", root);
        Services = Root.Mapping("services");
    }

    public ComposeNode Root { get; }

    /// <summary>Services in the order of the file.</summary>
    public IReadOnlyList<ComposeNode> Services { get; }

    public ComposeNode this[string service] => Services.Single(each => each.Name == service);

    /// <param name="file">Relative to the repository's root.</param>
    public static ComposeYaml Read(string file = "deploy/docker-compose.yaml")
    {
        using var reader = new StreamReader(RepositoryFile.PathOf(file));
        var yaml = new YamlStream();
        yaml.Load(reader);
        return new ComposeYaml(yaml.Documents.Single().RootNode);
    }
}

/// <summary>A node of the file.</summary>
internal sealed record ComposeNode(string Name, YamlNode Node)
{
    public IReadOnlyDictionary<string, string> Environment =>
        Find("environment") is YamlMappingNode environment
            ? environment.ToDictionary(
                pair => ((YamlScalarNode)pair.Key).Value!,
                pair => ((YamlScalarNode)pair.Value).Value!
            )
            : [];

    /// <summary>The value at a path of keys and list indexes; empty if it is missing.</summary>
    public string Text(params string[] path) => (Find(path) as YamlScalarNode)?.Value ?? "";

    /// <summary>The values of a list; empty if it is missing.</summary>
    public IReadOnlyList<string> Texts(params string[] path) =>
        Find(path) is YamlSequenceNode list ? [.. list.Select(each => ((YamlScalarNode)each).Value!)] : [];

    /// <summary>The entries of a mapping in the order of the file; empty if it is missing.</summary>
    public IReadOnlyList<ComposeNode> Mapping(string key) =>
        Find(key) is YamlMappingNode mapping
            ? [.. mapping.Select(pair => new ComposeNode(((YamlScalarNode)pair.Key).Value!, pair.Value))]
            : [];

    private YamlNode? Find(params string[] path) => path.Aggregate((YamlNode?)Node, (node, key) => node switch
            {
                YamlMappingNode mapping => mapping.Children.TryGetValue(new YamlScalarNode(key), out var value)
                    ? value
                    : null,
                YamlSequenceNode list => list[int.Parse(key, System.Globalization.CultureInfo.InvariantCulture)],
                _ => null,
            });
}
