import django.db.models.deletion
from django.db import migrations, models

from kb.migrations._parents import copy_parents, rename_parent_in_contents


class Migration(migrations.Migration):

    dependencies = [
        ('kb', '0011_events'),
    ]

    operations = [
        migrations.AddField(
            model_name='cancer',
            name='parents',
            field=models.ManyToManyField(blank=True, help_text='The broader entries of which it is one or a kind; never those of which it is only a part.', related_name='members', to='kb.cancer', verbose_name='belongs to'),
        ),
        migrations.CreateModel(
            name='CancerAncestry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('depth', models.PositiveIntegerField(help_text='The least number of steps from the entry up to its ancestor.')),
                ('ancestor', models.ForeignKey(help_text='The cancer itself, or one that it belongs to.', on_delete=django.db.models.deletion.CASCADE, related_name='descendant_rows', to='kb.cancer')),
                ('descendant', models.ForeignKey(help_text='The cancer.', on_delete=django.db.models.deletion.CASCADE, related_name='ancestor_rows', to='kb.cancer')),
            ],
            options={
                'verbose_name_plural': 'ancestries',
                'abstract': False,
                'constraints': [models.UniqueConstraint(fields=('descendant', 'ancestor'), name='cancerancestry_stands_once')],
            },
        ),
        copy_parents('kb', 'cancer'),
        migrations.RunPython(rename_parent_in_contents, migrations.RunPython.noop),
        migrations.RemoveField(
            model_name='cancer',
            name='parent',
        ),
    ]
