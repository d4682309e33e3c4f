using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Wallet.Service;
using Wallet.Service.Sessions;

namespace Wallet.Tests.Startup;

public sealed partial class SettingsDocumentTests
{
    [Fact]
    public void The_document_lists_every_setting_with_its_default_and_range_and_no_other()
    {
        var documented = Row().Matches(Repository.Read("docs/operations.md"))
            .ToDictionary(m => m.Groups["name"].Value, m => (Default: m.Groups["default"].Value, Range: m.Groups["range"].Value));
        var settings = SettingsOf(typeof(WalletOptions), WalletOptions.Section)
            .Concat(SettingsOf(typeof(SessionOptions), SessionOptions.Section))
            .Concat(SettingsOf(typeof(JwtOptions), JwtOptions.Section))
            .ToDictionary(s => s.Name, s => (s.Default, s.Range));

        Assert.Equal(settings.Keys.Order(), documented.Keys.Order());
        Assert.All(settings, s => Assert.Equal((s.Key, s.Value), (s.Key, documented[s.Key])));
    }

    private static IEnumerable<(string Name, string Default, string Range)> SettingsOf(Type options, string section)
    {
        var defaults = Activator.CreateInstance(options);
        foreach (var property in options.GetProperties())
        {
            if (property.Name == nameof(WalletOptions.Currencies))
                continue; // has a paragraph of its own
            if (property.PropertyType.Namespace!.StartsWith("Wallet", StringComparison.Ordinal))
            {
                foreach (var inner in SettingsOf(property.PropertyType, $"{section}:{property.Name}"))
                    yield return inner;
                continue;
            }

            yield return ($"{section}:{property.Name}", DefaultOf(property.GetValue(defaults)), RangeOf(property));
        }
    }

    private static string DefaultOf(object? value) => value switch
    {
        null => "none",
        bool flag => flag ? "true" : "false",
        _ => string.Create(CultureInfo.InvariantCulture, $"{value}"),
    };

    private static string RangeOf(PropertyInfo property) =>
        property.GetCustomAttribute<RangeAttribute>() is { } range ? string.Create(CultureInfo.InvariantCulture, $"{range.Minimum}–{range.Maximum}")
        : property.IsDefined(typeof(HttpAddressAttribute)) ? "an address"
        : "";

    [GeneratedRegex(@"^\| `(?<name>Wallet:[A-Za-z:]+)` \| `?(?<default>[^|`]*?)`? \| (?<range>[^|]*?) ?\|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
