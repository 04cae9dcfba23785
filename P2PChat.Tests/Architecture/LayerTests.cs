using System.Xml.Linq;
using Mono.Cecil;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Architecture;

/// <summary>Holds the layers of docs/architecture.md.</summary>
public sealed class LayerTests
{
    // Pictures come from others, and decoders of pictures are a way into a process: only the browser decodes them.
    private static readonly string[] PictureDecoders =
    [
        "System.Drawing",
        "Microsoft.Maui.Graphics",
        "SixLabors",
        "ImageSharp",
        "SkiaSharp",
        "Magick",
        "PresentationCore",
        "Windows.Graphics",
    ];

    public static TheoryData<string> Projects => [.. Layers.Projects.Keys];

    public static TheoryData<string> Assemblies => [.. Layers.Namespaces.Keys];

    [Theory]
    [MemberData(nameof(Projects))]
    public void Project_references_only_allowed_projects(string project)
    {
        var file = XDocument.Load(RepositoryFile.PathOf($"{project}/{project}.csproj"));
        var references = file.Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value));

        Assert.Empty(references.Except(Layers.Projects[project]));
    }

    [Theory]
    [InlineData("P2PChat.Protocol")]
    [InlineData("P2PChat.Node")]
    [InlineData("P2PChat.Client")]
    public void Library_does_not_use_AspNetCore(string project)
    {
        using var module = Read(project);

        Assert.DoesNotContain(module.AssemblyReferences, reference =>
            reference.Name.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal)
        );
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void Program_decodes_no_picture(string project)
    {
        using var module = Read(project == "P2PChat.App" ? "p2pchat" : project);

        Assert.NotEmpty(module.AssemblyReferences);
        Assert.DoesNotContain(module.AssemblyReferences, reference =>
            PictureDecoders.Any(decoder => reference.Name.StartsWith(decoder, StringComparison.OrdinalIgnoreCase))
        );
    }

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void Namespace_uses_only_lower_layers(string assembly)
    {
        using var module = Read(assembly);
        var allowed = Layers.Namespaces[assembly];
        var violations =
            from pair in TypeReferences.Within(module)
            let layer = LayerOf(pair.From, assembly)
            let used = LayerOf(pair.To, assembly)
            where layer is not null && used is not null && layer != used && !allowed[layer].Contains(used)
            select $"{layer} must not use {used}: {pair.From.Name} uses {pair.To.Name}";

        Assert.Empty(violations.Distinct().Order());
    }

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void Every_namespace_has_a_layer(string assembly)
    {
        using var module = Read(assembly);
        var unknown = module
            .Types.Select(type => LayerOf(type, assembly))
            .Where(layer => layer is not null && !Layers.Namespaces[assembly].ContainsKey(layer));

        Assert.Empty(unknown.Distinct());
    }

    // The first part of the namespace after the assembly's name; null for code that a generator put elsewhere.
    private static string? LayerOf(TypeDefinition type, string assembly) =>
        type.Namespace == assembly ? ""
        : type.Namespace.StartsWith(assembly + ".", StringComparison.Ordinal)
            ? type.Namespace[(assembly.Length + 1)..].Split('.')[0]
        : null;

    private static ModuleDefinition Read(string assembly) =>
        ModuleDefinition.ReadModule(Path.Combine(AppContext.BaseDirectory, assembly + ".dll"));
}
